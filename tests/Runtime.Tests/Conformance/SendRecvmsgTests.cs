using System.Net;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/send_recvmsg.c: a message sent to an address comes out of recvmsg whole, with its sender; one that does not
/// fit is cut and says so.
/// </summary>
/// <remarks>
/// Without a counterpart in the public API: several vectors, as a receive has one buffer; IOSQE_ASYNC, which is the
/// engine's business. Buffer selection, with and without buffers in the ring, belongs to buf-ring.
/// </remarks>
public abstract class SendRecvmsgTests(EngineKind kind) : EngineSuite(kind)
{
    private static readonly byte[] s_text = "This is a test of sendmsg and recvmsg over io_uring!"u8.ToArray();

    [EngineTheory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public Task A_message_to_an_address_arrives_whole_with_its_sender(bool v6, bool receiveFirst) => OnEngine(async engine =>
    {
        IPEndPoint local = v6 ? Loopback.AnyPortV6 : Loopback.AnyPort;
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(local);
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(local);
        var room = new byte[100];
        ValueTask<ReceivedDatagram> receiving = receiveFirst ? receiver.ReceiveAsync(room) : default;
        await sender.SendZeroCopyAsync(s_text, receiver.LocalEndPoint);
        ReceivedDatagram received = await (receiveFirst ? receiving : receiver.ReceiveAsync(room));
        Assert.Equal(s_text, room[..received.BytesReceived]);
        Assert.Equal(sender.LocalEndPoint, received.From.ToIPEndPoint());
        Assert.False(received.IsTruncated);
    });

    [EngineTheory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_message_longer_than_the_room_is_cut_and_says_so_and_the_next_is_not_harmed(bool receiveFirst) => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
        byte[] room = [.. Enumerable.Repeat((byte)0xEE, 100)];
        ValueTask<ReceivedDatagram> receiving = receiveFirst ? receiver.ReceiveAsync(room.AsMemory(0, 10)) : default;
        await sender.SendZeroCopyAsync(s_text, receiver.LocalEndPoint);
        ReceivedDatagram cut = await (receiveFirst ? receiving : receiver.ReceiveAsync(room.AsMemory(0, 10)));
        Assert.True(cut.IsTruncated);
        Assert.Equal(10, cut.BytesReceived);
        Assert.Equal(s_text[..10], room[..10]);
        Assert.Equal(-1, room.AsSpan(10).IndexOfAnyExcept((byte)0xEE));

        await sender.SendZeroCopyAsync(s_text, receiver.LocalEndPoint);
        ReceivedDatagram whole = await receiver.ReceiveAsync(room);
        Assert.False(whole.IsTruncated);
        Assert.Equal(s_text, room[..whole.BytesReceived]);
    });

    [EngineFact]
    public Task A_message_without_bytes_arrives_with_its_sender() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
        ValueTask<ReceivedDatagram> receiving = receiver.ReceiveAsync(new byte[10]);
        await sender.SendZeroCopyAsync(ReadOnlyMemory<byte>.Empty, receiver.LocalEndPoint);
        ReceivedDatagram received = await receiving;
        Assert.Equal(0, received.BytesReceived);
        Assert.Equal(sender.LocalEndPoint, received.From.ToIPEndPoint());
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringSendRecvmsgTests() : SendRecvmsgTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableSendRecvmsgTests() : SendRecvmsgTests(EngineKind.Portable);
