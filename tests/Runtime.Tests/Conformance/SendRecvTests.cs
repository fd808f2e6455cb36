using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/send_recv.c: one datagram of 128 bytes is sent and received whole, whether the receive waits already or
/// finds it there, and from whichever thread.
/// </summary>
/// <remarks>
/// Without a counterpart in the public API: submission-queue polling, registered files and IOSQE_ASYNC, which are the engine's
/// business; vectors, as there is no scatter-gather send; messages that are null pointers (test_invalid), which the
/// types rule out. Provided buffers and their ENOBUFS belong to buf-ring.
/// </remarks>
public abstract class SendRecvTests(EngineKind kind) : EngineSuite(kind)
{
    private const int MaxMessage = 128;

    [EngineTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public Task A_datagram_arrives_whole_whether_the_receive_waits_for_it_or_finds_it(bool receiveFirst, bool onLoop) => OnEngine(engine =>
        RunAsync(engine, onLoop, async () =>
        {
            await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
            sender.Connect(receiver.LocalEndPoint);
            var room = new byte[MaxMessage];
            byte[] message = Payload.Make(MaxMessage);
            ValueTask<ReceivedDatagram> receiving = receiveFirst ? receiver.ReceiveAsync(room) : default;
            Assert.False(receiveFirst && receiving.IsCompleted);
            Assert.Equal(MaxMessage, (await sender.SendZeroCopyAsync(message)).BytesSent);
            Assert.Equal(MaxMessage, (await (receiveFirst ? receiving : receiver.ReceiveAsync(room))).BytesReceived);
            Assert.Equal(message, room);
        }));

    [EngineTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public Task Bytes_of_a_stream_arrive_whether_the_receive_waits_for_them_or_finds_them(bool receiveFirst, bool onLoop) => OnEngine(engine =>
        RunAsync(engine, onLoop, async () =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            var room = new byte[2 * MaxMessage];
            byte[] message = Payload.Make(MaxMessage);
            ValueTask<int> receiving = receiveFirst ? pair.Server.ReceiveAsync(room) : default;
            Assert.False(receiveFirst && receiving.IsCompleted);
            await pair.Client.SendAndRecycleAsync(message);
            Assert.Equal(MaxMessage, await (receiveFirst ? receiving : pair.Server.ReceiveAsync(room)));
            Assert.Equal(message, room[..MaxMessage]);
        }));

    [EngineFact]
    public Task A_receive_takes_no_more_than_its_room_and_the_rest_stays() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        byte[] message = Payload.Make(MaxMessage);
        await pair.Client.SendAndRecycleAsync(message);
        for (int i = 0; i < MaxMessage; i++)
        {
            var room = new byte[] { 0xEE, 0xEE, 0xEE };
            Assert.Equal(1, await pair.Server.ReceiveAsync(room.AsMemory(1, 1)));
            Assert.Equal([0xEE, message[i], 0xEE], room);
        }
    });

    private static async Task RunAsync(ZeroCopyEngine engine, bool onLoop, Func<Task> test)
    {
        for (int i = 0; i < 5; i++)
        {
            await (onLoop ? engine.Loops[0].RunAsync(test) : test());
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringSendRecvTests() : SendRecvTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableSendRecvTests() : SendRecvTests(EngineKind.Portable);
