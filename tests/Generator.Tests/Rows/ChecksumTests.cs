using System.Text;
using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

/// <summary>RFC 791, section 3.1: the checksum covers the header it lies in.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct Ipv4Header
{
    [Bits(4), Magic(4)] public byte Version;
    [Bits(4), Magic(5)] public byte HeaderWords;
    public byte Service;
    public ushort TotalLength;
    public ushort Identification;
    [Bits(3)] public byte Flags;
    [Bits(13)] public ushort FragmentOffset;
    public byte TimeToLive;
    public byte Protocol;
    [Checksum(ChecksumAlgorithm.Internet)] public ushort Checksum;
    public uint Source;
    public uint Destination;
}

/// <summary>Two checksums, one of which covers the other; and one that lies outside its range.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Record
{
    [Checksum(ChecksumAlgorithm.Crc32, nameof(Length), nameof(Kind))] public uint HeaderCrc;
    public ushort Length;
    [Pad(1)] public byte Kind;
    public ulong Body;
    [Checksum(ChecksumAlgorithm.Crc32C, to: nameof(BodyCrc))] public uint BodyCrc;
    public byte Uncovered;
}

[ZeroCopyBuffer]
public partial struct Sealed
{
    public Record Record;
    public byte After;
}

/// <summary><c>[Checksum]</c>: filled last, verified first.</summary>
public class ChecksumTests
{
    [Fact]
    public void An_ip_header_has_the_checksum_a_person_adds_up()
    {
        // 4500+0073+0000+4000+4011+C0A8+0001+C0A8+00C7 = 2479C; 479C+2 = 479E; ~479E = B861.
        var header = new Ipv4Header
        {
            TotalLength = 0x73, Flags = 0b010, TimeToLive = 64, Protocol = 17, Source = 0xC0A80001, Destination = 0xC0A800C7, Checksum = 0xFFFF,
        };

        byte[] expected = Wire.Hex("4500 0073 0000 4000 4011 B861 C0A80001 C0A800C7");
        Assert.Equal(expected, Wire.Encode(header));
        Assert.Equal(0xB861, Wire.Decode<Ipv4Header>(expected).Checksum);
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Crc32C, "123456789", 0xE3069283)]
    [InlineData(ChecksumAlgorithm.Crc32, "123456789", 0xCBF43926)]
    [InlineData(ChecksumAlgorithm.Crc32, "The quick brown fox jumps over the lazy dog", 0x414FA339)]
    [InlineData(ChecksumAlgorithm.Crc32C, "", 0)]
    [InlineData(ChecksumAlgorithm.Crc32, "", 0)]
    public void The_algorithms_give_the_published_check_values(ChecksumAlgorithm algorithm, string text, uint expected) =>
        Assert.Equal(expected, WireChecksum.Compute(algorithm, Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void The_internet_checksum_gives_the_sum_of_RFC_1071()
    {
        // Section 3: 0001 f203 f4f5 f6f7 sums to ddf2; an odd byte counts as if a zero followed.
        Assert.Equal(0x220Du, WireChecksum.Compute(ChecksumAlgorithm.Internet, Wire.Hex("0001F203F4F5F6F7")));
        Assert.Equal(
            WireChecksum.Compute(ChecksumAlgorithm.Internet, Wire.Hex("0001F200")),
            WireChecksum.Compute(ChecksumAlgorithm.Internet, Wire.Hex("0001F2")));
    }

    [Fact]
    public void Bytes_that_count_as_zero_may_hold_anything() =>
        Gen.Select(Gen.Byte.Array[4, 40], Gen.Int[0, 36], Gen.Int[0, 4], Gen.Enum<ChecksumAlgorithm>()).Sample((bytes, start, length, algorithm) =>
        {
            start = Math.Min(start, bytes.Length - length);
            uint some = WireChecksum.Compute(algorithm, bytes, start, length);
            bytes.AsSpan(start, length).Clear();

            Assert.Equal(WireChecksum.Compute(algorithm, bytes), some);
            Assert.Equal(ReferenceEncoder.Checksum(algorithm, bytes), some);
        });

    [Fact]
    public void A_random_message_survives_the_wire() =>
        Gen.Select(Gen.UShort, Gen.Byte, Gen.ULong, Gen.Byte)
            .Select((length, kind, body, uncovered) => new Record { Length = length, Kind = kind, Body = body, Uncovered = uncovered })
            .Sample(Wire.Survives);

    [Fact]
    public void Any_flipped_bit_of_the_range_is_noticed_before_anything_else()
    {
        byte[] bytes = Wire.Encode(new Record { Length = 3, Kind = 4, Body = 5, Uncovered = 6 });
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            string? field = (bit / 8) switch
            {
                < 7 => "HeaderCrc",
                Record.WireSize - 1 => null,
                _ => "BodyCrc",
            };
            Assert.Equal(field is null ? ParseStatus.Ok : ParseStatus.Invalid(field, "the checksum does not match"), Wire.Status<Record>(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_wrong_version_with_a_wrong_checksum_is_a_wrong_checksum()
    {
        byte[] bytes = Wire.Encode(new Ipv4Header());
        bytes[0] = 0x65;

        Assert.Equal(ParseStatus.Invalid("Checksum", "the checksum does not match"), Wire.Status<Ipv4Header>(bytes));
    }

    [Fact]
    public void A_message_edited_in_place_is_sealed_with_it_and_so_are_messages_inside_it()
    {
        byte[] bytes = new byte[Sealed.WireSize];
        var writer = new Sealed.Writer(bytes) { After = 1 };
        writer.Record.Body = 5;
        Sealed.Seal(bytes);

        Assert.Equal(Wire.Encode(new Sealed { Record = new Record { Body = 5 }, After = 1 }), bytes);
        Assert.True(Wire.Status<Sealed>(bytes).IsOk);
    }

    [Theory]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32C)] public ushort {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32)] public int {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Internet)] public uint {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Internet), ByteOrder(ByteOrder.LittleEndian)] public ushort {|ZCS1026:Sum|};")]
    [InlineData("[Checksum((ChecksumAlgorithm)3)] public uint {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32C), Bits(32, BitOrder.MsbFirst)] public uint {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32C), Magic(1)] public uint {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32C, \"Missing\")] public uint {|ZCS1026:Sum|};")]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32C, \"Last\", \"Kind\")] public uint {|ZCS1026:Sum|}; public byte Last;")]
    [InlineData("[Checksum(ChecksumAlgorithm.Crc32C)] public uint {|ZCS1026:Sum|}; [Checksum(ChecksumAlgorithm.Crc32C)] public uint Later;")]
    public Task A_checksum_that_cannot_be_computed_is_reported(string fields) =>
        LayoutTest.Check("[ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Tick { public byte Kind; " + fields + " }");
}
