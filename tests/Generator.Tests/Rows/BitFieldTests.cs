using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

public enum Urgency : byte
{
    Low = 0,
    High = 2,
}

/// <summary>The second word of a DNS header, RFC 1035 section 4.1.1, between two ordinary fields.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct Diagram
{
    public ushort Id;
    [Bits(1)] public bool IsResponse;
    [Bits(4)] public byte Opcode;
    [Bits(1)] public bool IsAuthoritative;
    [Bits(1)] public bool IsTruncated;
    [Bits(1)] public bool RecursionDesired;
    [Bits(1)] public bool RecursionAvailable;
    [Bits(3)] internal byte Reserved;
    [Bits(4)] public byte ResponseCode;
    public ushort Questions;
}

/// <summary>Both orders, fields across bytes, signed ones, enums, three and eight shared bytes.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Packed
{
    [Bits(3, BitOrder.LsbFirst)] public byte Low;
    [Bits(10, BitOrder.LsbFirst)] public short Signed;
    [Bits(11, BitOrder.LsbFirst)] public ushort High;
    [Bits(2, BitOrder.MsbFirst)] public Urgency Urgency;
    [Bits(6, BitOrder.MsbFirst)] public sbyte Offset;
    [Bits(1, BitOrder.MsbFirst)] public bool IsLast;
    [Bits(63, BitOrder.MsbFirst)] public ulong Nanos;
    [Bits(32, BitOrder.LsbFirst)] public uint Whole;
    [Bits(8, BitOrder.LsbFirst)] public bool Wide;
}

/// <summary><c>[Bits]</c>: fields that share bytes.</summary>
public class BitFieldTests
{
    [Fact]
    public void Bits_lie_as_in_the_diagrams_of_RFCs()
    {
        // QR=1 Opcode=0010 AA=1 TC=0 RD=1 | RA=1 Z=000 RCODE=0011
        var message = new Diagram
        {
            Id = 0xDB42, IsResponse = true, Opcode = 2, IsAuthoritative = true, RecursionDesired = true, RecursionAvailable = true, ResponseCode = 3, Questions = 1,
        };

        byte[] expected = Wire.Hex("DB42 95 83 0001");
        Assert.Equal(expected, Wire.Encode(message));
        Assert.Equal(message, Wire.Decode<Diagram>(expected));
    }

    [Fact]
    public void Bits_of_either_order_cross_bytes_and_keep_their_sign()
    {
        var message = new Packed
        {
            Low = 0b101, Signed = -2, High = 0b100_0000_0001, Urgency = Urgency.High, Offset = -3, IsLast = true, Nanos = 5, Whole = 0xA1B2C3D4, Wide = true,
        };

        // LSB first, 24 bits: 10000000001 | 1111111110 | 101 -> 0x80, 0x3F, 0xF5 from the top.
        // MSB first: 10 | 111101 -> 0xBD; then 1 | 63 bits of 5.
        byte[] expected = Wire.Hex("F5 3F 80 BD 8000000000000005 D4C3B2A1 01");
        Assert.Equal(expected, Wire.Encode(message));
        Assert.Equal(message, Wire.Decode<Packed>(expected));
    }

    [Fact]
    public void A_random_message_survives_the_wire()
    {
        Gen<Packed> messages =
            from low in Gen.Byte[0, 7]
            from signed in Gen.Short[-512, 511]
            from high in Gen.UShort[0, 2047]
            from urgency in Gen.Enum<Urgency>()
            from offset in Gen.SByte[-32, 31]
            from last in Gen.Bool
            from nanos in Gen.ULong[0, ulong.MaxValue >> 1]
            from whole in Gen.UInt
            from wide in Gen.Bool
            select new Packed
            {
                Low = low, Signed = signed, High = high, Urgency = urgency, Offset = offset, IsLast = last, Nanos = nanos, Whole = whole, Wide = wide,
            };
        messages.Sample(Wire.Survives);
    }

    [Fact]
    public void A_view_reads_and_a_writer_edits_single_bit_fields_and_keeps_their_neighbours()
    {
        byte[] bytes = Wire.Encode(new Packed { Low = 7, Signed = -1, High = 2047, Urgency = Urgency.High, Offset = -1, IsLast = true, Nanos = ulong.MaxValue >> 1 });
        var writer = new Packed.Writer(bytes) { Signed = 0, Offset = 0, IsLast = false };

        Packed.View.TryParse(bytes, out Packed.View view);
        Assert.Equal((7, 0, 2047), (view.Low, view.Signed, view.High));
        Assert.Equal((Urgency.High, 0, false, ulong.MaxValue >> 1), (view.Urgency, view.Offset, view.IsLast, view.Nanos));
        Assert.Equal((7, 0, 2047), (writer.Low, writer.Signed, writer.High));
    }

    [Fact]
    public void A_value_with_more_bits_than_its_field_is_refused_and_never_cut()
    {
        (string Field, Packed Message)[] tooLarge =
        [
            ("Low", new() { Low = 8 }),
            ("Signed", new() { Signed = 512 }),
            ("Signed", new() { Signed = -513 }),
            ("High", new() { High = 2048 }),
            ("Urgency", new() { Urgency = (Urgency)4 }),
            ("Offset", new() { Offset = 32 }),
            ("Nanos", new() { Nanos = 1UL << 63 }),
        ];
        foreach ((string field, Packed message) in tooLarge)
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => Wire.Encode(message));
            Assert.Equal(field, error.ParamName);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = new Packed.Writer(new byte[Packed.WireSize]) { Low = 8 }; });
    }

    [Fact]
    public void Bits_that_are_no_value_of_their_type_are_invalid()
    {
        byte[] bytes = Wire.Encode(new Packed());
        bytes[Packed.Offsets.Urgency] = 0b0100_0000;
        Assert.Equal(ParseStatus.Invalid("Urgency", "not a defined value of Urgency"), Wire.Status<Packed>(bytes));

        bytes = Wire.Encode(new Packed());
        bytes[Packed.Offsets.Wide] = 2;
        Assert.Equal(ParseStatus.Invalid("Wide", "a bool must be 0 or 1"), Wire.Status<Packed>(bytes));
    }

    [Fact]
    public void Bit_fields_compile_with_overflow_checks()
    {
        Type tick = Harness.LoadChecked("""
            using ZeroCopySockets;
            [ZeroCopyBuffer, BitOrder(BitOrder.MsbFirst)]
            public partial struct Tick
            {
                [Bits(3)] public sbyte A; [Bits(13)] public int B; [Bits(8)] public long C;
                [Bits(31)] public uint D; [Bits(33)] public ulong E; [Bits(16)] public short F; [Bits(64)] public ulong G; [Bits(64)] public long H;
            }
            """, "Tick");
        byte[] ones = new byte[3 + 8 + 2 + 8 + 8];
        Array.Fill(ones, (byte)0xFF);

        Wire.SurvivesAs(tick, ones);
        Wire.SurvivesAs(tick, new byte[ones.Length]);
    }

    [Fact]
    public Task A_bit_field_without_bit_order_is_reported() => LayoutTest.Check("""
        [ZeroCopyBuffer] public partial struct Tick { [Bits(4)] public byte {|ZCS1020:High|}; [Bits(4)] public byte {|ZCS1020:Low|}; }
        """);

    [Theory]
    [InlineData("0", "byte")]
    [InlineData("-1", "byte")]
    [InlineData("9", "byte")]
    [InlineData("65", "long")]
    [InlineData("9", "bool")]
    public Task A_count_that_its_type_does_not_have_is_reported(string count, string type) => LayoutTest.Check($$"""
        [ZeroCopyBuffer, BitOrder(BitOrder.MsbFirst)]
        public partial struct Tick { [Bits({{count}})] public {{type}} {|ZCS1021:Value|}; [Bits(8)] public byte Fill; }
        """);

    [Theory]
    [InlineData("[Bits(7)] public byte {|ZCS1022:A|};")]
    [InlineData("[Bits(4)] public byte {|ZCS1022:A|}; public byte B; [Bits(4)] public byte {|ZCS1022:C|};")]
    [InlineData("[Bits(4)] public byte {|ZCS1022:A|}; [Bits(4, BitOrder.LsbFirst)] public byte {|ZCS1022:B|};")]
    [InlineData("[Bits(4), Pad(1)] public byte {|ZCS1022:A|}; [Bits(4)] public byte {|ZCS1022:B|};")]
    [InlineData("[Bits(4)] public byte {|ZCS1022:A|}; [Bits(4), Align(2)] public byte {|ZCS1022:B|};")]
    [InlineData("[Bits(4)] public byte A; [Bits(64)] public ulong {|ZCS1022:B|}; [Bits(4)] public byte {|ZCS1022:C|};")]
    public Task Bit_fields_that_leave_a_byte_unfilled_are_reported(string fields) =>
        LayoutTest.Check("[ZeroCopyBuffer, BitOrder(BitOrder.MsbFirst)] public partial struct Tick { " + fields + " }");

    [Theory]
    [InlineData("[Bits(8)] public float {|ZCS1023:Value|};")]
    [InlineData("[Bits(8)] public char {|ZCS1023:Value|};")]
    [InlineData("[Bits(8)] public Int128 {|ZCS1023:Value|};")]
    [InlineData("[Bits(8)] public InlineArray2<byte> {|ZCS1023:Value|};")]
    [InlineData("[Bits(8), ByteOrder(ByteOrder.BigEndian)] public byte {|ZCS1023:Value|};")]
    public Task A_bit_field_of_another_type_or_with_a_byte_order_is_reported(string field) => LayoutTest.Check(
        "[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)] public partial struct Tick { " + field + " }");
}
