using System.Runtime.CompilerServices;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Leg
{
    [Magic(0x4C)] public byte Mark;
    public byte Ratio;
}

/// <summary>Bit fields, alignment, magic values and checksums where not every message takes as many bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct Strategy
{
    [Magic("SY")] public InlineArray2<byte> Mark;
    [Bits(3), Magic(1)] public byte Version;
    [Bits(5)] public byte Flags;
    [LengthOf, Align(4)] public ushort Length;
    [Checksum(ChecksumAlgorithm.Internet, nameof(Mark), nameof(Length))] public ushort HeaderSum;
    [Checksum(ChecksumAlgorithm.Crc32C)] public uint Crc;
    [Group(Max = 3)] public partial ReadOnlySpan<Leg> Legs { get; set; }
    [Tail(Max = 8)] public partial ReadOnlySpan<byte> Name { get; set; }
}

/// <summary>An appended member that is aligned.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Versioned
{
    [BlockLength] public ushort Block;
    public byte Kind;
    [Since(1), Align(4)] public uint Quantity;
    [Tail(Max = 2)] public partial ReadOnlySpan<byte> Rest { get; set; }
}

public class VariableRowsTests
{
    [Fact]
    public void They_lie_where_they_do_in_messages_of_fixed_size()
    {
        byte[] bytes = Wire.Encode(Sample());

        // 5359 + 2500 + 0014 = 786D, and ~786D = 8792. The CRC is the reference encoder's, with its own bytes as zero.
        Assert.Equal(Wire.Hex("5359 25 00 0014 8792"), bytes[..8]);
        Assert.Equal(Wire.Hex("0002 0001 4C07 6869"), bytes[12..]);
        byte[] blank = [.. bytes];
        blank.AsSpan(8, 4).Clear();
        Assert.Equal(ReferenceEncoder.Checksum(ChecksumAlgorithm.Crc32C, blank), Strategy.View.TryParse(bytes, out Strategy.View view).IsOk ? view.Crc : 0);
        Assert.Equal((1, 5, 7), (view.Version, view.Flags, view.Legs[0].Ratio));
        Assert.Equal("hi"u8, view.Name);
    }

    [Fact]
    public void Any_flipped_bit_is_noticed()
    {
        byte[] bytes = Wire.Encode(Sample());
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Wire.Status<Strategy>(bytes).IsOk);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_message_edited_in_place_is_sealed_with_its_parts()
    {
        byte[] bytes = Wire.Encode(Sample());
        byte[] expected = [.. bytes];
        var writer = new Strategy.Writer(bytes) { Flags = 0 };
        bytes.AsSpan(0, 2).Clear();
        bytes[16] = 0;
        writer.Flags = 5;
        Strategy.Seal(bytes);

        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void An_older_senders_block_may_end_before_the_alignment_of_what_it_does_not_know()
    {
        Versioned first = Wire.Decode<Versioned>(Wire.Hex("0003 09"));
        Assert.Equal((9, 0u), (first.Kind, first.Quantity));

        byte[] second = Wire.Hex("0008 09 00 00000007 5A");
        Assert.Equal(second, Wire.Encode(Wire.Decode<Versioned>(second)));
    }

    [Fact]
    public Task A_range_that_ends_with_no_field_is_reported_and_ends_nothing_else() => LayoutTest.Check("""
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public byte Kind; [Checksum(ChecksumAlgorithm.Crc32, to: "Missing")] public uint {|ZCS1026:Crc|}; }
        """);

    [Theory]
    [InlineData("from: \"Newer\"")]
    [InlineData("to: \"Newer\"")]
    public Task A_range_that_an_older_sender_does_not_have_is_reported(string range) => LayoutTest.Check($$"""
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick
        {
            [BlockLength] public ushort Block;
            [Checksum(ChecksumAlgorithm.Crc32, {{range}})] public uint {|ZCS1026:Crc|};
            [Since(1)] public uint Newer;
        }
        """);

    private static Strategy Sample() => new()
    {
        Flags = 5,
        Legs = new Leg[] { new() { Ratio = 7 } },
        Name = "hi"u8,
    };
}
