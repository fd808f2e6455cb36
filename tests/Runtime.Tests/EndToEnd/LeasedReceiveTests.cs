using System.Net.Sockets;
using ZeroCopySockets.Linux;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Receiving into the loops' buffers: order, quotas, exhaustion and ends, with real peers.</summary>
public abstract class LeasedReceiveTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task Many_connections_receive_everything_in_order_while_leases_are_held_at_random() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 2, ReceiveBuffers = 32, ReceiveBufferSize = 1024, ReceiveBuffersPerSocket = 8 }, async engine =>
        {
            const int Connections = 40;
            const int Bytes = 200_000;
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(async number =>
            {
                await using PlainPair pair = await PlainPair.ConnectAsync(engine);
                byte[] sent = Payload.Make(Bytes, seed: number);
                Task sending = SendAsync(pair.Peer, sent);
                byte[] received = await (number % 2 == 0
                    ? ReadAllAsync(pair.Socket, new Random(number))
                    : pair.Socket.Loop.RunAsync(() => ReadAllAsync(pair.Socket, new Random(number))));
                await sending;
                Assert.True(sent.AsSpan().SequenceEqual(received), $"Connection {number} received something else.");
            }));
            Assert.True(engine.GetStatistics().ReceivesPausedByQuota + engine.GetStatistics().ReceivesPausedByExhaustion > 0, "Nothing ever ran short, so nothing was proved.");
        });

    [EngineFact]
    public Task A_connection_that_does_not_read_holds_its_quota_and_the_others_go_on() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 64, ReceiveBufferSize = 1024, ReceiveBuffersPerSocket = 4 }, async engine =>
        {
            await using PlainPair slow = await PlainPair.ConnectAsync(engine);
            await using PlainPair quick = await PlainPair.ConnectAsync(engine);
            byte[] sent = Payload.Make(1 << 20, seed: 1);
            Task sendingSlow = SendAsync(slow.Peer, sent);
            using (ReceiveLease first = await slow.Socket.ReceiveLeasedAsync())
            {
                // With all of it in the socket, one multishot would take every buffer of the loop.
                await Eventually.TrueAsync(() => engine.GetStatistics().ReceivesPausedByQuota > 0, () => "The slow connection never paused.");
                Assert.InRange(engine.GetStatistics().HeldReceiveBuffers, 4, 7);
                Task sending = SendAsync(quick.Peer, sent);
                Assert.Equal(sent, await ReadAllAsync(quick.Socket, null));
                await sending;
                Assert.Equal(sent[..first.Length], first.Read().ToArray());
                sent = sent[first.Length..];
            }

            Assert.Equal(sent, await ReadAllAsync(slow.Socket, null));
            await sendingSlow;
        });

    [EngineFact]
    public Task Many_slow_connections_cannot_hold_every_buffer_of_their_loop() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 64, ReceiveBufferSize = 256, ReceiveBuffersPerSocket = 8 }, async engine =>
        {
            var slow = new List<(PlainPair Pair, ReceiveLease First, Task Sending)>();
            byte[] sent = Payload.Make(64 * 256, seed: 1);
            for (int i = 0; i < 10; i++)
            {
                PlainPair pair = await PlainPair.ConnectAsync(engine);
                Task sending = SendAsync(pair.Peer, sent);
                slow.Add((pair, await pair.Socket.ReceiveLeasedAsync(), sending));
            }

            await Eventually.TrueAsync(() => engine.GetStatistics().ReceivesPausedByExhaustion > 0, () => $"The buffers never ran out: {engine.GetStatistics()}");
            await using PlainPair quick = await PlainPair.ConnectAsync(engine);
            Task sendingQuick = SendAsync(quick.Peer, sent);
            Assert.Equal(sent, await ReadAllAsync(quick.Socket, null));
            await sendingQuick;
            foreach ((PlainPair pair, ReceiveLease first, Task sending) in slow)
            {
                int length = first.Length;
                first.Dispose();
                Assert.Equal(sent[length..], await ReadAllAsync(pair.Socket, null));
                await sending;
                await pair.DisposeAsync();
            }
        });

    [EngineFact]
    public Task More_connections_than_buffers_all_go_on() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 2, ReceiveBufferSize = 256, ReceiveBuffersPerSocket = 2 }, async engine =>
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => ReceivesEverythingAsync(engine, number)));
            Assert.True(engine.GetStatistics().ReceivesPausedByExhaustion > 0, "The buffers never ran out, so nothing was proved.");
        });

    [EngineFact]
    public Task Idle_connections_hold_no_buffer() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 4, ReceiveBufferSize = 256 }, async engine =>
        {
            var idle = new List<(PlainPair Pair, Task<ReceiveLease> Waiting)>();
            for (int i = 0; i < 20; i++)
            {
                PlainPair pair = await PlainPair.ConnectAsync(engine);
                idle.Add((pair, pair.Socket.ReceiveLeasedAsync().AsTask()));
            }

            await using (PlainPair busy = await PlainPair.ConnectAsync(engine))
            {
                byte[] sent = Payload.Make(50_000, seed: 3);
                Task sending = SendAsync(busy.Peer, sent);
                Assert.Equal(sent, await ReadAllAsync(busy.Socket, null));
                await sending;
            }

            foreach ((PlainPair pair, Task<ReceiveLease> waiting) in idle)
            {
                await pair.Peer.SendAsync(new byte[] { 9 });
                using (ReceiveLease lease = await waiting)
                {
                    Assert.Equal((byte[])[9], lease.Read().ToArray());
                }

                await pair.DisposeAsync();
            }
        });

    [EngineFact]
    public Task The_end_of_the_peers_side_comes_after_its_bytes_and_our_side_still_sends() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(new byte[] { 1, 2, 3 });
        pair.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal((byte[])[1, 2, 3], await ReadAllAsync(pair.Socket, null));
        Assert.Equal(0, (await pair.Socket.ReceiveLeasedAsync()).Length);
        Assert.Equal(0, await pair.Socket.ReceiveAsync(new byte[1]));
        await pair.Socket.SendZeroCopyAsync(new byte[] { 4 });
        byte[] answer = new byte[2];
        Assert.Equal(1, await pair.Peer.ReceiveAsync(answer));
        Assert.Equal((byte)4, answer[0]);
    });

    [EngineFact]
    public Task A_reset_leaves_held_leases_readable_and_fails_the_next_receive() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(new byte[] { 1, 2, 3 });
        using ReceiveLease lease = await pair.Socket.ReceiveLeasedAsync();
        Task<ReceiveLease> next = pair.Socket.ReceiveLeasedAsync().AsTask();
        pair.Reset();
        var reset = await Assert.ThrowsAsync<SocketException>(() => next);
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        Assert.Equal((byte[])[1, 2, 3], lease.Read().ToArray());
    });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_lease_outlives_its_connection_and_its_engine(bool abort) => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Kind });
        PlainPair pair = await PlainPair.ConnectAsync(engine);
        byte[] sent = Payload.Make(1000, seed: 5);
        await pair.Peer.SendAsync(sent);
        ReceiveLease lease = await pair.Socket.ReceiveLeasedAsync();
        await (abort ? pair.Socket.AbortAsync() : pair.Socket.DisposeAsync().AsTask());
        Assert.Equal(sent[..lease.Length], lease.Read().ToArray());
        await engine.DisposeAsync();
        Assert.Equal(sent[..lease.Length], lease.Memory.ToArray());
        Assert.Equal(1, engine.GetStatistics().HeldReceiveBuffers);
        lease.Dispose();
        Assert.Equal(0, engine.GetStatistics().HeldReceiveBuffers);
        await pair.DisposeAsync();
    });

    [EngineFact]
    public Task Disposing_ends_a_waiting_receive_and_gives_back_what_nobody_took() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBufferSize = 256, ReceiveBuffersPerSocket = 8 }, async engine =>
        {
            await using PlainPair waitingPair = await PlainPair.ConnectAsync(engine);
            Task<ReceiveLease> waiting = waitingPair.Socket.ReceiveLeasedAsync().AsTask();
            await waitingPair.Socket.DisposeAsync();
            var ended = await Assert.ThrowsAsync<SocketException>(() => waiting);
            Assert.Equal(SocketError.OperationAborted, ended.SocketErrorCode);
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await waitingPair.Socket.ReceiveLeasedAsync());

            await using PlainPair pair = await PlainPair.ConnectAsync(engine);
            await pair.Peer.SendAsync(new byte[4096]);
            (await pair.Socket.ReceiveLeasedAsync()).Dispose();
            await Eventually.TrueAsync(() => engine.GetStatistics().HeldReceiveBuffers >= 4, () => "Nothing was received ahead, so nothing is proved.");
            await pair.Socket.DisposeAsync();
            Assert.Equal(0, engine.GetStatistics().HeldReceiveBuffers);
        });

    [EngineFact]
    public Task A_receive_cancelled_just_when_bytes_come_loses_none() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        var received = new List<byte>();
        const int Rounds = 300;
        for (int i = 0; i < Rounds; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<ReceiveLease> receiving = pair.Socket.ReceiveLeasedAsync(cancellation.Token);
            Task sending = pair.Peer.SendAsync(new[] { (byte)i });
            Task cancelling = Task.Run(cancellation.Cancel);
            try
            {
                using ReceiveLease lease = await receiving;
                received.AddRange(lease.Read());
            }
            catch (OperationCanceledException e)
            {
                Assert.Equal(cancellation.Token, e.CancellationToken);
            }

            await Task.WhenAll(sending, cancelling);
        }

        pair.Peer.Shutdown(SocketShutdown.Send);
        received.AddRange(await ReadAllAsync(pair.Socket, null));
        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => (byte)i), received);
    });

    [EngineFact]
    public Task Messages_are_received_in_order_on_a_socket_that_began_with_leases() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await pair.Client.SendZeroCopyAsync(Block.Number(0));
        for (int have = 0; have < Block.WireSize;)
        {
            using ReceiveLease lease = await pair.Server.ReceiveLeasedAsync();
            have += lease.Length;
        }

        for (ulong i = 1; i < 100; i++)
        {
            await pair.Client.SendZeroCopyAsync(Block.Number(i));
        }

        pair.Client.Shutdown(SocketShutdown.Send);
        ulong next = 1;
        await foreach (Block.View block in pair.Server.ReceiveBlocksAsync())
        {
            Assert.Equal(next++, block.Sequence);
        }

        Assert.Equal(100UL, next);
    });

    [EngineFact]
    public Task A_received_lease_is_sent_on_from_where_it_lies() => OnEngine(async engine =>
    {
        await using PlainPair from = await PlainPair.ConnectAsync(engine);
        await using PlainPair to = await PlainPair.ConnectAsync(engine);
        byte[] sent = Payload.Make(200_000, seed: 8);
        Task sending = SendAsync(from.Peer, sent);
        Task forwarding = Task.Run(async () =>
        {
            while (true)
            {
                ReceiveLease lease = await from.Socket.ReceiveLeasedAsync();
                if (lease.Length == 0)
                {
                    to.Socket.Shutdown(SocketShutdown.Send);
                    return;
                }

                // The send pins the memory, so the lease may end before the send does.
                ValueTask<SendReceipt> forwarded = to.Socket.SendZeroCopyAsync(lease.Memory);
                lease.Dispose();
                await forwarded;
            }
        });
        using var received = new MemoryStream();
        using (var stream = new NetworkStream(to.Peer))
        {
            await stream.CopyToAsync(received);
        }

        await Task.WhenAll(sending, forwarding);
        Assert.Equal(sent, received.ToArray());
    });

    /// <summary>A connection that reads what its peer sends, to the end.</summary>
    private protected static async Task ReceivesEverythingAsync(ZeroCopyEngine engine, int seed)
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        byte[] sent = Payload.Make(100_000, seed);
        Task sending = SendAsync(pair.Peer, sent);
        Assert.Equal(sent, await ReadAllAsync(pair.Socket, new Random(seed)));
        await sending;
    }

    /// <summary>Sends everything, then ends the peer's side.</summary>
    private static async Task SendAsync(Socket peer, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await peer.SendAsync(bytes.AsMemory(sent, Math.Min(5000, bytes.Length - sent)));
        }

        peer.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Reads to the end; with a source of chance, leases are held for a while and given back in any order.</summary>
    private static async Task<byte[]> ReadAllAsync(ZeroCopySocket socket, Random? random)
    {
        using var all = new MemoryStream();
        var held = new List<(ReceiveLease Lease, byte[] Expected)>();
        while (true)
        {
            ReceiveLease lease = await socket.ReceiveLeasedAsync();
            if (lease.Length == 0)
            {
                break;
            }

            all.Write(lease.Read());
            held.Add((lease, lease.Read().ToArray()));
            // At most one is kept across a wait: more connections than buffers may hold one each, and all wait then.
            while (held.Count > (random is null || socket.Engine.Options.ReceiveBuffersPerSocket < 8 ? 0 : random.Next(0, 2)))
            {
                int which = random?.Next(held.Count) ?? 0;
                (ReceiveLease old, byte[] expected) = held[which];
                Assert.True(expected.AsSpan().SequenceEqual(old.Read()), "A leased buffer changed.");
                old.Dispose();
                held.RemoveAt(which);
            }

            if (random?.Next(50) == 0)
            {
                await Task.Yield();
            }
        }

        held.ForEach(last => last.Lease.Dispose());
        return all.ToArray();
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringLeasedReceiveTests() : LeasedReceiveTests(EngineKind.IoUring)
{
    /// <summary>Receives as where the kernel has no ring of buffers, or no memory to lock for one.</summary>
    [EngineFact]
    public Task Where_the_kernel_refuses_a_ring_of_buffers_leases_are_received_all_the_same() => WithDeadline(async () =>
    {
        Assert.True(LinuxKernel.TryCreate(out LinuxKernel? kernel, out string? problem), problem);
        // More than the 32,768 the kernel takes: it refuses with EINVAL. Options from outside are checked.
        await using var engine = new ZeroCopyEngine(
            new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 40_000, ReceiveBufferSize = 64, ReceiveBuffersPerSocket = 8 }, kernel, kernel.Description);
        Assert.Contains("leased receives are single-shot: IORING_REGISTER_PBUF_RING failed with errno 22", engine.Description);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(number => ReceivesEverythingAsync(engine, number)));
        await Books.AssertNothingLeftAsync(engine);
    });
}

/// <summary>On the portable engine.</summary>
public sealed class PortableLeasedReceiveTests() : LeasedReceiveTests(EngineKind.Portable);
