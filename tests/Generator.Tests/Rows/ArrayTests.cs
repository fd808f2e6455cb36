using System.Runtime.CompilerServices;
using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Level
{
    public ushort Price;
    [Pad(1)] public bool IsFirm;
}

/// <summary>Arrays of messages and of framework types, and arrays of which only a part travels.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public unsafe partial struct Book
{
    public InlineArray2<Level> Bids;
    [Length(1)] public InlineArray3<Level> Asks;
    [Length(5)] public InlineArray16<byte> Name;
    [Length(2)] public InlineArray4<ushort> Sizes;
    [Length(3)] public fixed byte Tag[8];
    [Length(1)] public fixed uint Counters[2];
    public InlineArray2<Guid> Ids;
}

/// <summary><c>[Length]</c>, and arrays whose elements are more than numbers.</summary>
public class ArrayTests
{
    private static readonly Guid s_id = Guid.Parse("00010203-0405-0607-0809-0A0B0C0D0E0F");

    [Fact]
    public unsafe void Only_the_first_elements_travel_and_messages_lie_one_after_the_other()
    {
        byte[] expected = Wire.Hex("""
            0001 01 00  0002 00 00
            0003 01 00
            48656C6C6F
            0007 0008
            544147
            0000002A
            00000000000000000000000000000000 000102030405060708090A0B0C0D0E0F
            """);

        Book book = Sample();
        Assert.Equal(expected, Wire.Encode(book));
        Book decoded = Wire.Decode<Book>(expected);
        Assert.Equal((2, true), (decoded.Bids[1].Price, decoded.Bids[0].IsFirm));
        Assert.Equal((7, 8, 0), (decoded.Sizes[0], decoded.Sizes[1], decoded.Sizes[2]));
        Assert.Equal("Hello\0\0\0"u8, ((ReadOnlySpan<byte>)decoded.Name)[..8]);
        Assert.Equal((byte)'G', decoded.Tag[2]);
        Assert.Equal(s_id, decoded.Ids[1]);
    }

    [Fact]
    public void What_lies_behind_the_elements_that_travel_stays_behind()
    {
        Book book = Sample();
        byte[] before = Wire.Encode(book);
        book.Asks[2].Price = 9;
        book.Name[5] = 9;
        book.Sizes[3] = 9;

        Assert.Equal(before, Wire.Encode(book));
        Assert.Equal(0, Wire.Decode<Book>(before).Sizes[3]);
    }

    [Fact]
    public void A_random_message_survives_the_wire() =>
        Gen.Select(Gen.UShort, Gen.Bool, Gen.Guid, Gen.Byte.Array[5], Gen.UShort).Select((price, firm, id, name, size) =>
        {
            Book book = default;
            book.Bids[1] = new Level { Price = price, IsFirm = firm };
            book.Asks[0] = book.Bids[1];
            book.Ids[0] = id;
            book.Sizes[1] = size;
            name.CopyTo(book.Name);
            return book;
        }).Sample(Wire.Survives);

    [Fact]
    public void Views_and_writers_reach_into_the_messages_of_an_array()
    {
        byte[] bytes = new byte[Book.WireSize];
        Level.Writer first = new Book.Writer(bytes).Bids[1];
        first.Price = 7;
        first.IsFirm = true;

        Assert.True(Book.View.TryParse(bytes, out Book.View view).IsOk);
        Assert.Equal((7, true, 0, 2), (view.Bids[1].Price, view.Bids[1].IsFirm, view.Bids[0].Price, view.Bids.Length));
        Assert.Equal(5, view.Name.Length);
        Assert.Throws<IndexOutOfRangeException>(() => _ = new Book.View(bytes).Asks[1]);
    }

    [Fact]
    public void An_invalid_message_in_an_array_is_named_with_its_index()
    {
        byte[] bytes = Wire.Encode(Sample());
        bytes[Book.Offsets.Bids + Level.WireSize + Level.Offsets.IsFirm] = 2;

        Assert.Equal(ParseStatus.Invalid("Bids[1].IsFirm", "a bool must be 0 or 1"), Wire.Status<Book>(bytes));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("5")]
    public Task A_length_beyond_the_array_is_reported(string length) => LayoutTest.Check($$"""
        [ZeroCopyBuffer] public unsafe partial struct Tick
        {
            [Length({{length}})] public InlineArray4<byte> {|ZCS1024:Name|};
            [Length({{length}})] public fixed byte {|ZCS1024:Tag|}[4];
            [Length(4)] public InlineArray4<byte> Whole;
        }
        """);

    [Theory]
    [InlineData("byte")]
    [InlineData("Inner")]
    public Task A_length_of_something_else_is_reported(string type) => LayoutTest.Check($$"""
        [ZeroCopyBuffer] public partial struct Inner { public byte Value; }
        [ZeroCopyBuffer] public partial struct Tick { [Length(1)] public {{type}} {|ZCS1023:Value|}; }
        """);

    private static unsafe Book Sample()
    {
        Book book = default;
        book.Bids[0] = new Level { Price = 1, IsFirm = true };
        book.Bids[1] = new Level { Price = 2 };
        book.Asks[0] = new Level { Price = 3, IsFirm = true };
        "Hello"u8.CopyTo(book.Name);
        (book.Sizes[0], book.Sizes[1]) = (7, 8);
        (book.Tag[0], book.Tag[1], book.Tag[2]) = ((byte)'T', (byte)'A', (byte)'G');
        book.Counters[0] = 42;
        book.Ids[1] = s_id;
        return book;
    }
}
