using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// After liburing's <c>recv-multishot</c>: one receive serves many sends, in order, one after the other or all at once; too
/// few buffers, the sender's close, the receiver's own shutdown and its close each end it as they should, after all bytes
/// that came before.
/// </summary>
public abstract class RecvMultishotTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Sends = 8;
    private const int SendSize = 200;

    [EngineTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public Task Every_send_is_received_in_order(bool waitEach, bool onLoop) => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        Func<Task> test = async () =>
        {
            byte[] sent = Payload.Make(Sends * SendSize);
            var received = new List<byte>();
            for (int i = 0; i < Sends; i++)
            {
                await pair.Peer.SendAsync(sent.AsMemory(i * SendSize, SendSize));
                while (waitEach && received.Count < (i + 1) * SendSize)
                {
                    await TakeAsync(pair.Socket, received);
                }
            }

            while (received.Count < sent.Length)
            {
                await TakeAsync(pair.Socket, received);
            }

            Assert.Equal(sent, received);
        };
        await (onLoop ? pair.Socket.Loop.RunAsync(test) : test());
    });

    [EngineFact]
    public Task Too_few_buffers_end_the_receive_and_lose_nothing() =>
        OnEngine(new ZeroCopyOptions { ReceiveBuffers = 2, ReceiveBuffersPerSocket = 4, ReceiveBufferSize = SendSize / 2 }, async engine =>
        {
            await using PlainPair pair = await PlainPair.ConnectAsync(engine);
            byte[] sent = Payload.Make(Sends * SendSize);
            await pair.Peer.SendAsync(sent);
            ReceiveLease first = await pair.Socket.ReceiveLeasedAsync();
            await Eventually.TrueAsync(() => engine.GetStatistics().ReceivesPausedByExhaustion > 0, () => "The buffers never ran out.");
            var received = new List<byte>(first.Read().ToArray());
            first.Dispose();
            while (received.Count < sent.Length)
            {
                await TakeAsync(pair.Socket, received);
            }

            Assert.Equal(sent, received);
        });

    [EngineFact]
    public Task The_senders_close_is_told_after_its_bytes() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        byte[] sent = Payload.Make(SendSize);
        await pair.Peer.SendAsync(sent);
        pair.Peer.Dispose();
        var received = new List<byte>();
        while (await TakeAsync(pair.Socket, received))
        {
        }

        Assert.Equal(sent, received);
        Assert.Equal(0, (await pair.Socket.ReceiveLeasedAsync()).Length);
    });

    [EngineFact]
    public Task The_receivers_own_shutdown_ends_a_receive_that_waits() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(new byte[1]);
        (await pair.Socket.ReceiveLeasedAsync()).Dispose();
        Task<ReceiveLease> waiting = pair.Socket.ReceiveLeasedAsync().AsTask();
        pair.Socket.Shutdown(SocketShutdown.Both);
        Assert.Equal(0, (await waiting).Length);
    });

    [EngineFact]
    public Task The_receivers_close_aborts_a_receive_that_waits() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(new byte[1]);
        (await pair.Socket.ReceiveLeasedAsync()).Dispose();
        Task<ReceiveLease> waiting = pair.Socket.ReceiveLeasedAsync().AsTask();
        await pair.Socket.DisposeAsync();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => waiting)).SocketErrorCode);
    });

    /// <summary>Takes what comes next. False at the end.</summary>
    private static async Task<bool> TakeAsync(ZeroCopySocket socket, List<byte> received)
    {
        using ReceiveLease lease = await socket.ReceiveLeasedAsync();
        received.AddRange(lease.Read());
        return lease.Length > 0;
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringRecvMultishotTests() : RecvMultishotTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableRecvMultishotTests() : RecvMultishotTests(EngineKind.Portable);
