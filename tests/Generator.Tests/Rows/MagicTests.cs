using System.Runtime.CompilerServices;
using CsCheck;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Rows;

public enum PacketKind : byte
{
    Data = 1,
    Control = 2,
}

[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Preamble
{
    [Magic("WIRE")] public InlineArray4<byte> Name;
    [Magic(0xCAFE)] public ushort Number;
    [Magic(PacketKind.Control)] public PacketKind Kind;
    [Bits(2, BitOrder.MsbFirst), Magic(2)] public byte Version;
    [Bits(6, BitOrder.MsbFirst)] public byte Count;
    [Magic(-1)] public sbyte Terminator;
    [Magic('\n')] public char NewLine;
    [Magic(new byte[] { 0x0D, 0x0A }), Length(2)] public InlineArray3<byte> Signature;
    public byte Body;
}

/// <summary>Magic values inside other messages, one by one and in an array.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Envelope
{
    public Preamble First;
    public InlineArray2<Preamble> Others;
}

/// <summary><c>[Magic]</c>: fields with one possible value.</summary>
public class MagicTests
{
    private const string Expected = "57495245 CAFE 02 85 FF 000A 0D0A 07";

    [Fact]
    public void It_is_written_whatever_the_field_holds_and_read_back_into_it()
    {
        var message = new Preamble { Number = 1, Kind = PacketKind.Data, Version = 3, Count = 5, Terminator = 9, Body = 7 };

        Assert.Equal(Wire.Hex(Expected), Wire.Encode(message));
        Preamble decoded = Wire.Decode<Preamble>(Wire.Hex(Expected));
        Assert.Equal((0xCAFE, PacketKind.Control, 2, 5, -1, '\n', 7), (decoded.Number, decoded.Kind, decoded.Version, decoded.Count, decoded.Terminator, decoded.NewLine, decoded.Body));
        Assert.Equal("WIRE"u8, decoded.Name);
    }

    [Fact]
    public void A_random_message_survives_the_wire() =>
        Gen.Select(Gen.Byte[0, 63], Gen.Byte, Gen.UShort).Select((count, body, number) => new Preamble { Count = count, Body = body, Number = number })
            .Sample(Wire.Survives);

    [Theory]
    [InlineData(0, "Name", "must be the bytes 57495245")]
    [InlineData(3, "Name", "must be the bytes 57495245")]
    [InlineData(5, "Number", "must be 51966")]
    [InlineData(6, "Kind", "must be 2")]
    [InlineData(7, "Version", "must be 2")]
    [InlineData(8, "Terminator", "must be -1")]
    [InlineData(10, "NewLine", "must be 10")]
    [InlineData(12, "Signature", "must be the bytes 0D0A")]
    public void Another_value_is_invalid(int offset, string field, string reason)
    {
        byte[] bytes = Wire.Hex(Expected);
        bytes[offset] ^= 0x40;

        Assert.Equal(ParseStatus.Invalid(field, reason), Wire.Status<Preamble>(bytes));
    }

    [Fact]
    public void A_message_edited_in_place_is_sealed_with_it_and_so_are_messages_inside_it()
    {
        byte[] bytes = new byte[Preamble.WireSize];
        _ = new Preamble.Writer(bytes) { Count = 5, Body = 7 };
        Assert.False(Wire.Status<Preamble>(bytes).IsOk);

        Preamble.Seal(bytes);
        Assert.Equal(Wire.Hex(Expected), bytes);

        byte[] envelope = new byte[Envelope.WireSize];
        Envelope.Seal(envelope);
        Assert.Equal(Wire.Encode(new Envelope()), envelope);
        Assert.True(Wire.Status<Envelope>(envelope).IsOk);
    }

    [Theory]
    [InlineData("[Magic(256)] public byte {|ZCS1025:Value|};")]
    [InlineData("[Magic(-1)] public uint {|ZCS1025:Value|};")]
    [InlineData("[Magic(\"A\")] public byte {|ZCS1025:Value|};")]
    [InlineData("[Magic(1.0)] public byte {|ZCS1025:Value|};")]
    [InlineData("[Magic(null)] public byte {|ZCS1025:Value|};")]
    [InlineData("[Magic(4), Bits(2, BitOrder.MsbFirst)] public byte {|ZCS1025:Value|}; [Bits(6, BitOrder.MsbFirst)] public byte Rest;")]
    [InlineData("[Magic(2), Bits(2, BitOrder.MsbFirst)] public sbyte {|ZCS1025:Value|}; [Bits(6, BitOrder.MsbFirst)] public byte Rest;")]
    [InlineData("[Magic(\"TOO LONG\")] public InlineArray4<byte> {|ZCS1025:Value|};")]
    [InlineData("[Magic(\"ÄÖÜß\")] public InlineArray4<byte> {|ZCS1025:Value|};")]
    [InlineData("[Magic(new byte[] { 1 })] public InlineArray4<byte> {|ZCS1025:Value|};")]
    [InlineData("[Magic(new int[] { 1, 2, 3, 4 })] public InlineArray4<byte> {|ZCS1025:Value|};")]
    [InlineData("[Magic(1)] public float {|ZCS1023:Value|};")]
    [InlineData("[Magic(1)] public bool {|ZCS1023:Value|};")]
    [InlineData("[Magic(1)] public InlineArray4<ushort> {|ZCS1023:Value|};")]
    [InlineData("[Magic(1)] public Guid {|ZCS1023:Value|};")]
    public Task A_value_that_the_field_cannot_have_is_reported(string field) =>
        LayoutTest.Check("[ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Tick { public byte Kind; " + field + " }");
}
