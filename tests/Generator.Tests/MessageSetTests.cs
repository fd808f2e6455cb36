using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Closed sets of messages: which one arrived, and what is refused.</summary>
public class MessageSetTests
{
    [Fact]
    public void The_tag_is_written_whatever_the_field_holds() =>
        Assert.Equal(Wire.Hex("0008 54 00000005 02"), Wire.Encode(new Trade { Type = 9, Length = 77, Price = 5, Side = Side.Sell }));

    [Fact]
    public void A_checksum_of_a_message_of_variable_size_covers_its_tail()
    {
        byte[] bytes = Wire.Encode(new Notice { Text = "123456789"u8 });

        // The tail alone has the well-known CRC-32C of "123456789"; with the bytes before it, it is another.
        Assert.Equal(Wire.Hex("0010 4E"), bytes[..3]);
        Assert.Equal("123456789"u8, bytes.AsSpan(7));
        bytes[^1] ^= 1;
        Assert.Equal(ParseStatus.Invalid("Checksum", "the checksum does not match"), Wire.Status<Notice>(bytes));
    }

    [Fact]
    public void A_set_tells_which_message_arrived()
    {
        Assert.True(Feed.TryParse(Wire.Encode(new Trade { Price = 5, Side = Side.Buy }), out Feed trade).IsOk);
        Assert.True(Feed.TryParse(Wire.Encode(new Notice { Text = "hi"u8 }), out Feed notice).IsOk);
        Assert.True(Feed.TryParse(Wire.Encode(new Depth { Levels = [new Marked { Value = 3 }] }), out Feed depth).IsOk);

        Assert.Equal(
            (Feed.MessageKind.Trade, Feed.MessageKind.Notice, Feed.MessageKind.Depth), (trade.Kind, notice.Kind, depth.Kind));
        Assert.Equal(5u, trade.AsTrade().Price);
        Assert.Equal("hi"u8, notice.AsNotice().Text);
        Assert.Equal((0xBEEF, 3), (depth.AsDepth().Levels[0].Mark, depth.AsDepth().Levels[0].Value));
        Assert.True(trade.TryGetTrade(out Trade.View same));
        Assert.Equal(5u, same.Price);
        Assert.False(trade.TryGetNotice(out _));
        Assert.Equal(8, trade.Bytes.Length);
        Assert.Equal(Feed.MessageKind.None, default(Feed).Kind);
    }

    [Fact]
    public void Asking_for_another_message_than_arrived_throws()
    {
        byte[] bytes = Wire.Encode(new Trade { Side = Side.Buy });
        Assert.Throws<InvalidOperationException>(() =>
        {
            Feed.TryParse(bytes, out Feed feed);
            feed.AsNotice();
        });
    }

    [Fact]
    public void A_tag_of_no_message_is_invalid_and_one_not_there_yet_needs_more()
    {
        Assert.Equal(ParseStatus.Invalid("Type", "no message of Feed has this tag"), Feed.TryParse(Wire.Hex("0008 55 00000000 01"), out _));
        Assert.Equal(ParseStatus.NeedMore(5), Feed.TryParse(Wire.Hex("0008"), out _));
        Assert.Equal(ParseStatus.Invalid("Side", "not a defined value of Side"), Feed.TryParse(Wire.Hex("0008 54 00000000 09"), out _));
    }

    [Fact]
    public void A_leased_message_is_sealed_when_it_is_sent_so_its_elements_are_too()
    {
        byte[] bytes = Wire.Encode(new Depth { Levels = [default, default] });
        Array.Clear(bytes, 7, 6);
        bytes[2] = 0;

        Depth.Seal(bytes);

        Assert.Equal(Wire.Hex("000D 44 0003 0002 BEEF00 BEEF00"), bytes);
    }

    [Theory]
    [InlineData("[MessageSet(typeof(A), typeof(B))] public readonly ref struct {|ZCS1040:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(B))] public ref partial struct {|ZCS1040:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(B))] public readonly partial struct {|ZCS1040:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(B))] public readonly ref partial struct {|ZCS1040:Set|}<T>;")]
    [InlineData("[MessageSet(typeof(A), typeof(B))] public readonly ref partial struct {|ZCS1040:Set|} { public readonly int X; }")]
    [InlineData("[MessageSet] public readonly ref partial struct {|ZCS1040:Set|};")]
    [InlineData("public class Outer { [MessageSet(typeof(A), typeof(B))] public readonly ref partial struct {|ZCS1040:Set|}; }")]
    [InlineData("public partial class Outer { [MessageSet(typeof(A), typeof(B))] private readonly ref partial struct {|ZCS1040:Set|}; }")]
    [InlineData("[MessageSet(typeof(A), typeof(string))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(Untagged))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(Twice))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(Elsewhere))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(Wider))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(Wider), typeof(Other))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(Narrow))] public readonly ref partial struct {|ZCS1041:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(B), typeof(A))] public readonly ref partial struct {|ZCS1042:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(Same))] public readonly ref partial struct {|ZCS1042:Set|};")]
    [InlineData("[MessageSet(typeof(A), typeof(B))] public readonly ref partial struct Set;")]
    public Task A_set_that_cannot_be_is_reported(string set) => LayoutTest.Check($$"""
        [ZeroCopyBuffer] public partial struct A { [Discriminator('A')] public byte Type; }
        [ZeroCopyBuffer] public partial struct B { [Discriminator('B')] public byte Type; public byte More; }
        [ZeroCopyBuffer] public partial struct Same { [Discriminator(65)] public byte Type; }
        [ZeroCopyBuffer] public partial struct Untagged { [Magic('U')] public byte Type; }
        [ZeroCopyBuffer] public partial struct Twice { [Discriminator('1')] public byte Type; [Discriminator('2')] public byte Again; }
        [ZeroCopyBuffer] public partial struct Elsewhere { public byte First; [Discriminator('E')] public byte Type; }
        [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Wider { [Discriminator('W')] public ushort Type; }
        [ZeroCopyBuffer(ByteOrder.LittleEndian)] public partial struct Other { [Discriminator('O')] public ushort Type; }
        [ZeroCopyBuffer, BitOrder(BitOrder.MsbFirst)] public partial struct Narrow { [Discriminator(3), Bits(4)] public byte Type; [Bits(4)] public byte Rest; }
        {{set}}
        """);

    [Theory]
    [InlineData("[Discriminator(256)] public byte {|ZCS1025:Type|};")]
    [InlineData("[Discriminator(\"A\")] public byte {|ZCS1025:Type|};")]
    public Task A_tag_that_its_field_cannot_have_is_reported(string field) =>
        LayoutTest.Check("[ZeroCopyBuffer] public partial struct A { " + field + " }");

    [Fact]
    public void The_socket_methods_of_a_set_are_named_in_the_plural_and_a_set_that_needs_datagrams_has_no_other()
    {
        const string Messages = """
            using System.Threading.Tasks;
            using ZeroCopySockets;
            [ZeroCopyBuffer] public partial struct A { [Discriminator('A')] public byte Type; }
            [ZeroCopyBuffer] public partial struct B { [Discriminator('B')] public byte Type; [Tail(Max = 9)] public partial System.ReadOnlySpan<byte> Rest { get; set; } }
            [MessageSet(typeof(A))] public readonly ref partial struct Entry;
            [MessageSet(typeof(A), typeof(B))] public readonly ref partial struct Loose;
            public static class Program
            {
                public static async Task Run(ZeroCopySocket stream, ZeroCopyDatagramSocket datagrams)
                {
                    await foreach (Entry entry in stream.ReceiveEntriesAsync())
                    {
                        switch (entry.Kind) { case Entry.MessageKind.A: break; }
                    }

                    await foreach (Datagram<Loose> datagram in datagrams.ReceiveLoosesAsync())
                    {
                        datagram.Message.TryGetB(out B.View b);
                    }
                }
            }
            """;
        Harness.GenerateCleanly(Harness.Compile("Sample", Messages));
        Compilation wrong = Harness.Generate(Harness.Compile("Sample", Messages.Replace("Datagram<Loose> datagram in datagrams.", "Loose datagram in stream.")));
        Assert.Contains(wrong.GetDiagnostics(), d => d.Id is "CS1929" or "CS1503" && d.Severity == DiagnosticSeverity.Error);
    }
}
