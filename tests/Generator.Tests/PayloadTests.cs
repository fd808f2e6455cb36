using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Headers of payloads: what is written of the header, and how the payload behind it is found.</summary>
public class PayloadTests
{
    [Fact]
    public void A_header_in_front_of_a_payload_says_its_length()
    {
        // The checksum covers the header alone: C0DE + 0300 + 0000 + 05xx of the length that starts at an odd place.
        byte[] header = Wire.Encode(WithPayload(new Chunk { Index = 3 }, 5));
        Assert.Equal(Wire.Hex("C0DE 03 00000005"), header[..7]);
        Assert.Equal(9, header.Length);
        Assert.Equal(Wire.Hex("0E00 0700"), Wire.Encode(WithPayload(default(Parcel), 10)));
    }

    [Fact]
    public void A_view_has_the_payload_where_it_lies_and_ends_behind_it()
    {
        byte[] bytes = [.. Wire.Encode(WithPayload(new Chunk { Index = 3 }, 5)), .. "hello"u8, 0xEE];

        Assert.True(Chunk.View.TryParse(bytes, out Chunk.View chunk, out int consumed).IsOk);

        Assert.Equal("hello"u8, chunk.Payload);
        Assert.Equal((3, 5u, 14), (chunk.Index, chunk.Bytes, consumed));
        Assert.True(chunk.Payload == bytes.AsSpan(9, 5));
        Assert.Equal(5u, chunk.Decode().Bytes);
    }

    [Fact]
    public void A_header_and_payload_cut_anywhere_need_more()
    {
        byte[] bytes = [.. Wire.Encode(WithPayload(new Chunk { Index = 3 }, 5)), .. "hello"u8];
        for (int length = 0; length < bytes.Length; length++)
        {
            ParseStatus status = Chunk.View.TryParse(bytes.AsSpan(0, length), out _);
            Assert.Equal(ParseResult.NeedMore, status.Result);
            Assert.InRange(status.BytesNeeded, 1, bytes.Length - length);
        }
    }

    [Theory]
    [InlineData("C0DE 03 000186A1 0000", "Bytes", "not from 0 to 100000")]
    [InlineData("C0DE 03 FFFFFFFF 0000", "Bytes", "not from 0 to 100000")]
    [InlineData("C0DE 03 00000000 0000", "HeaderChecksum", "the checksum does not match")]
    public void A_header_that_cannot_be_is_invalid(string bytes, string field, string reason) =>
        Assert.Equal(ParseStatus.Invalid(field, reason), Wire.Status<Chunk>(Wire.Hex(bytes)));

    [Theory]
    [InlineData("0300 0700")]
    [InlineData("3700 0700")]
    public void A_length_less_than_the_header_or_more_than_the_maximum_is_invalid(string bytes) =>
        Assert.Equal(ParseStatus.Invalid("_length", "not from 4 to 54"), Wire.Status<Parcel>(Wire.Hex(bytes)));

    [Theory]
    [InlineData("[Payload] public byte {|ZCS1032:A|};")]
    [InlineData("[Payload(Max = 20000000), ByteOrder(ByteOrder.BigEndian)] public uint {|ZCS1032:A|};")]
    [InlineData("[Payload(Max = 256)] public byte {|ZCS1036:A|};")]
    [InlineData("[Payload(Max = 255, Adjust = -1)] public byte {|ZCS1036:A|};")]
    [InlineData("[Payload(Max = 9)] public sbyte {|ZCS1035:A|};")]
    [InlineData("[Payload(Max = 9)] public byte A; [Payload(Max = 9)] public byte {|ZCS1039:B|};")]
    [InlineData("[Payload(Max = 9)] public byte {|ZCS1039:A|}; [LengthOf] public byte B;")]
    [InlineData("[Payload(Max = 9), LengthOf] public byte {|ZCS1039:A|};")]
    [InlineData("[Payload(Max = 9)] public byte {|ZCS1039:A|}; [Tail(Max = 3)] public partial ReadOnlySpan<byte> {|CS9248:B|} { get; set; }")]
    [InlineData("[Payload(Max = 9)] public byte {|ZCS1014:Payload|};")]
    [InlineData("[BlockLength] public byte A; [Payload(Max = 9), Since(1)] public byte {|ZCS1038:B|};")]
    public Task A_payload_that_cannot_be_is_reported(string members) =>
        LayoutTest.Check("[ZeroCopyBuffer] public partial struct Tick { public byte First; " + members + " }");

    private static T WithPayload<T>(T header, int length) where T : unmanaged, IPayloadHeader<T> => T.WithPayload(header, length);
}
