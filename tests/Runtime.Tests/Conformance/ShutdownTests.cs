using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/shutdown.c: after shutdown(SHUT_WR) a write fails with EPIPE, without a signal, and the peer sees the end
/// of the stream after everything that was sent before.
/// </summary>
/// <remarks>The C test shuts down through the ring and writes with writev; here shutting down is a direct call, and every way of sending is tried.</remarks>
public abstract class ShutdownTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always, false)]
    [InlineData(ZeroCopyPolicy.Always, true)]
    [InlineData(ZeroCopyPolicy.Never, false)]
    [InlineData(ZeroCopyPolicy.Never, true)]
    public Task Every_send_after_the_sending_side_was_shut_fails_and_gives_its_buffer_back(ZeroCopyPolicy policy, bool onLoop) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, engine =>
        {
            async Task Test()
            {
                await using TcpPair pair = await TcpPair.ConnectAsync(engine);
                using BufferLease lease = engine.Rent(5000);
                lease.Edit().Clear();
                pair.Client.Shutdown(SocketShutdown.Send);
                await AssertBrokenAsync(() => pair.Client.SendZeroCopyAsync(new Tick()).AsTask());
                await AssertBrokenAsync(() => pair.Client.SendZeroCopyAsync(lease).AsTask());
                await AssertBrokenAsync(() => pair.Client.SendZeroCopyAsync(new byte[5000]).AsTask());
                await AssertBrokenAsync(() => pair.Client.SendAndRecycleAsync(new Tick()).AsTask());
                await AssertBrokenAsync(() => pair.Client.SendAndRecycleAsync(lease).AsTask());
                await AssertBrokenAsync(() => pair.Client.SendAndRecycleAsync(new byte[5000]).AsTask());
                await Eventually.TrueAsync(() => !lease.IsInFlight, () => "A buffer whose send failed did not come back.");
                lease.Edit().Fill(1);
            }

            return onLoop ? engine.Loops[0].RunAsync(Test) : Test();
        });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task What_was_sent_before_arrives_before_the_end(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        byte[] bytes = Payload.Make(200_000);
        await pair.Client.SendZeroCopyAsync(bytes);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(bytes, await pair.Server.ReadExactlyAsync(bytes.Length));
        Assert.Equal(0, await pair.Server.ReceiveAsync(new byte[1]));
        Assert.Equal(0, await pair.Server.ReceiveAsync(new byte[1]));
    });

    [EngineFact]
    public Task A_half_closed_connection_still_receives_megabytes() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await pair.Server.ReceiveAsync(new byte[1]));
        byte[] bytes = Payload.Make(8 << 20);
        Task sending = pair.Server.SendAndRecycleAsync(bytes).AsTask();
        Assert.Equal(bytes, await pair.Client.ReadExactlyAsync(bytes.Length));
        await sending;
    });

    [EngineFact]
    public Task Shutting_the_receiving_side_ends_a_receive_that_waits() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        ValueTask<int> receiving = pair.Server.ReceiveAsync(new byte[10]);
        Assert.False(receiving.IsCompleted);
        pair.Server.Shutdown(SocketShutdown.Receive);
        Assert.Equal(0, await receiving);
        await pair.Server.SendZeroCopyAsync(new byte[] { 4 });
        Assert.Equal((byte[])[4], await pair.Client.ReadExactlyAsync(1));
    });

    [EngineFact]
    public Task Shutting_down_twice_or_after_the_peer_left_is_no_surprise() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        pair.Socket.Shutdown(SocketShutdown.Send);
        pair.Socket.Shutdown(SocketShutdown.Send);
        pair.Reset();
        await Assert.ThrowsAsync<SocketException>(async () => await pair.Socket.ReceiveAsync(new byte[1]));
        // Nothing to shut any more: .NET's Socket says nothing, the kernel does.
        Assert.True(Record.Exception(() => pair.Socket.Shutdown(SocketShutdown.Both)) is null or SocketException);
    });

    private static async Task AssertBrokenAsync(Func<Task> send)
    {
        var broken = await Assert.ThrowsAsync<SocketException>(send);
        Assert.Contains(broken.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.Shutdown });
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringShutdownTests() : ShutdownTests(EngineKind.IoUring)
{
    [EngineFact]
    public Task A_buffer_the_kernel_holds_stays_its_own_across_a_half_close() =>
        OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
        {
            await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
            using BufferLease lease = engine.Rent(65_536);
            byte[] bytes = Payload.Make(65_536);
            bytes.CopyTo(lease.Edit());
            SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
            pair.Socket.Shutdown(SocketShutdown.Send);
            Assert.True(lease.IsInFlight);
            Assert.Equal(bytes, await pair.ReadPeerAsync(bytes.Length));
            Assert.Equal(0, await pair.Peer.ReceiveAsync(new byte[1]));
            await sent.Recycled;
            lease.Edit().Clear();
        });
}

/// <summary>On the portable engine.</summary>
public sealed class PortableShutdownTests() : ShutdownTests(EngineKind.Portable);
