using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

[ZeroCopyBuffer(ByteOrder.BigEndian)]
[Align(8)]
public partial struct Aligned
{
    public byte Kind;
    [Align(4)] public uint Sequence;
    [Pad(1)] public byte Side;
    [Align(8)] public ulong Price;
    public ushort Venue;
}

/// <summary><c>[Align]</c>: zero bytes up to a multiple, before a field and at the end of a message.</summary>
public class AlignmentTests
{
    [Fact]
    public void Fields_start_at_multiples_and_the_message_ends_at_one()
    {
        var message = new Aligned { Kind = 1, Sequence = 2, Side = 3, Price = 4, Venue = 5 };

        byte[] expected = Wire.Hex("01 000000 00000002 03 00 000000000000 0000000000000004 0005 000000000000");
        Assert.Equal(expected, Wire.Encode(message));
        Assert.Equal(message, Wire.Decode<Aligned>(expected));
        Assert.Equal((32, 4, 16, 24), (Aligned.WireSize, Aligned.Offsets.Sequence, Aligned.Offsets.Price, Aligned.Offsets.Venue));
    }

    [Fact]
    public void A_random_message_survives_the_wire() =>
        Gen.Select(Gen.Byte, Gen.UInt, Gen.Byte, Gen.ULong, Gen.UShort)
            .Select((kind, sequence, side, price, venue) => new Aligned { Kind = kind, Sequence = sequence, Side = side, Price = price, Venue = venue })
            .Sample(Wire.Survives);

    [Fact]
    public void What_arrives_in_the_gaps_is_ignored()
    {
        byte[] bytes = Wire.Encode(new Aligned { Sequence = 7 });
        foreach (int gap in new[] { 1, 3, 9, 15, 26, 31 })
        {
            bytes[gap] = 0xCC;
        }

        Assert.Equal(new Aligned { Sequence = 7 }, Wire.Decode<Aligned>(bytes));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("3")]
    [InlineData("-8")]
    [InlineData("8192")]
    public Task An_alignment_that_is_no_power_of_two_is_reported(string bytes) => LayoutTest.Check($$"""
        [ZeroCopyBuffer] public partial struct Field { public byte Kind; [Align({{bytes}})] public byte {|ZCS1019:Side|}; }
        [ZeroCopyBuffer, Align({{bytes}})] public partial struct {|ZCS1019:Whole|} { public byte Kind; }
        """);

    [Fact]
    public Task Alignment_counts_towards_the_size_of_a_message() => LayoutTest.Check("""
        [InlineArray(65535)] public struct Most { private byte _first; }
        [ZeroCopyBuffer, Align(2)] public partial struct Fits { public Most Rest; }
        [ZeroCopyBuffer] public partial struct TooLarge { public Most Rest; [Align(4)] public byte {|ZCS1013:Last|}; }
        [ZeroCopyBuffer, Align(2)] public partial struct Padded { public Most Rest; public byte Fits; public byte {|ZCS1013:Last|}; }
        """);
}
