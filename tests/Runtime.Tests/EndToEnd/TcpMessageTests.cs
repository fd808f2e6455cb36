using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Bytes and messages over TCP: what is sent is what arrives, by every way of sending.</summary>
public abstract class TcpMessageTests(EngineKind kind) : EngineSuite(kind)
{
    public static TheoryData<ZeroCopyPolicy, int> PoliciesAndMemorySizes => Cross(1, 1023, 1024, 4096, 65_536, 65_537, 1 << 20);

    public static TheoryData<ZeroCopyPolicy, int> PoliciesAndLeaseSizes => Cross(1, 256, 257, 1024, 4096, 65_535, 65_536);

    [EngineFact]
    public Task Both_ends_know_their_own_address_and_the_others() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();

        var listening = Assert.IsType<IPEndPoint>(listener.LocalEndPoint);
        Assert.Equal(IPAddress.Loopback, listening.Address);
        Assert.NotEqual(0, listening.Port);
        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
        Assert.Equal(listener.LocalEndPoint, server.LocalEndPoint);
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        Assert.Same(engine, server.Engine);
        Assert.True(client.NoDelay && server.NoDelay);
    });

    [EngineFact]
    public Task Two_ends_meet_over_IPv6() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPortV6);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();

        Assert.Equal(AddressFamily.InterNetworkV6, client.LocalEndPoint.AddressFamily);
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        await client.SendZeroCopyAsync("v6"u8.ToArray());
        Assert.Equal("v6"u8.ToArray(), await server.ReadExactlyAsync(2));
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Adaptive)]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task Messages_arrive_as_they_were_sent(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        const int Count = 200;
        for (int i = 0; i < Count; i++)
        {
            SendReceipt receipt = await pair.Client.SendZeroCopyAsync(MakeTick(i, Count));
            Assert.Equal(Tick.WireSize, receipt.BytesSent);
        }

        pair.Client.Shutdown(SocketShutdown.Send);
        int seen = 0;
        await foreach (Tick.View tick in pair.Server.ReceiveTicksAsync())
        {
            Assert.Equal(MakeTick(seen, Count), Decode(tick));
            seen++;
        }

        Assert.Equal(Count, seen);
    });

    [EngineFact]
    public Task Messages_above_the_zero_copy_threshold_arrive_byte_exact() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        const int Count = 300;
        Task receiving = Task.Run(async () =>
        {
            ulong expected = 0;
            await foreach (Block.View block in pair.Server.ReceiveBlocksAsync())
            {
                AssertIsBlock(block, expected++);
                if (expected == Count)
                {
                    break;
                }
            }
        });
        for (ulong i = 0; i < Count; i++)
        {
            await pair.Client.SendZeroCopyAsync(Block.Number(i));
        }

        await receiving;
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Adaptive)]
    [InlineData(ZeroCopyPolicy.Always)]
    public Task A_message_edited_in_place_arrives_and_its_buffer_may_be_edited_again_once_recycled(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            using Tick.Buffer tick = pair.Client.RentTick();
            MessageReceiver<Tick.View> receiver = pair.Server.ReceiveTicksAsync();
            for (int i = 0; i < 100; i++)
            {
                tick.Write(MakeTick(i, 100));
                SendReceipt sent = await pair.Client.SendZeroCopyAsync(tick);
                Assert.True(await receiver.MoveNextAsync());
                Assert.Equal(MakeTick(i, 100), Decode(receiver.Current));
                await sent.Recycled;
                Assert.True(sent.IsRecycled);
                Assert.False(tick.IsInFlight);
            }
        });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Adaptive)]
    [InlineData(ZeroCopyPolicy.Always)]
    public Task The_unified_completion_comes_when_the_buffer_may_be_written_again(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            using BufferLease lease = engine.Rent(5000);
            using Tick.Buffer tick = pair.Client.RentTick();
            byte[] memory = Payload.Make(9000);
            Payload.Make(5000, seed: 2).CopyTo(lease.Edit());
            tick.Write(MakeTick(1, 9));
            Task<byte[]> reading = pair.Server.ReadExactlyAsync(5000 + 9000 + 2 * Tick.WireSize);

            await pair.Client.SendAndRecycleAsync(lease);
            Assert.False(lease.IsInFlight);
            lease.Edit().Clear();
            await pair.Client.SendAndRecycleAsync(memory);
            await pair.Client.SendAndRecycleAsync(tick);
            tick.Edit().Sequence = 99;
            await pair.Client.SendAndRecycleAsync(MakeTick(2, 9));
            Assert.Equal(0, engine.GetStatistics().OwedNotifications);

            byte[] all = await reading;
            Assert.Equal(Payload.Make(5000, seed: 2), all[..5000]);
            Assert.Equal(memory, all[5000..14_000]);
            Assert.Equal(Encode(MakeTick(1, 9)), all[14_000..(14_000 + Tick.WireSize)]);
            Assert.Equal(Encode(MakeTick(2, 9)), all[(14_000 + Tick.WireSize)..]);
        });

    [EngineTheory]
    [MemberData(nameof(PoliciesAndMemorySizes))]
    public Task Memory_of_the_caller_arrives_byte_exact(ZeroCopyPolicy policy, int size) => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        pair.Client.Policy = policy;
        byte[] bytes = Payload.Make(size);
        Task<byte[]> reading = pair.Server.ReadExactlyAsync(2 * size);

        SendReceipt first = await pair.Client.SendZeroCopyAsync(bytes);
        SendReceipt second = await pair.Client.SendZeroCopyAsync(bytes);

        Assert.Equal((size, size), (first.BytesSent, second.BytesSent));
        Assert.Equal((byte[])[.. bytes, .. bytes], await reading);
        await first.Recycled;
        await second.Recycled;
    });

    [EngineTheory]
    [MemberData(nameof(PoliciesAndLeaseSizes))]
    public Task A_lease_arrives_byte_exact(ZeroCopyPolicy policy, int size) => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        pair.Client.Policy = policy;
        byte[] bytes = Payload.Make(size);
        Task<byte[]> reading = pair.Server.ReadExactlyAsync(2 * size);
        using BufferLease lease = await engine.RentAsync(size);
        Assert.Equal(size, lease.Length);
        bytes.CopyTo(lease.Edit());

        SendReceipt first = await pair.Client.SendZeroCopyAsync(lease);
        SendReceipt second = await pair.Client.SendZeroCopyAsync(lease);

        Assert.Equal((byte[])[.. bytes, .. bytes], await reading);
        Assert.Equal(bytes, lease.Read().ToArray());
        await first.Recycled;
        await second.Recycled;
        Assert.False(lease.IsInFlight);
    });

    [EngineFact]
    public Task Part_of_a_lease_is_sent_and_no_more() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        byte[] bytes = Payload.Make(4096);
        using BufferLease lease = engine.Rent(4096);
        bytes.CopyTo(lease.Edit());

        Assert.Equal(10, (await pair.Client.SendZeroCopyAsync(lease, 100..110)).BytesSent);
        Assert.Equal(3, (await pair.Client.SendZeroCopyAsync(lease, ^3..)).BytesSent);
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = pair.Client.SendZeroCopyAsync(lease, 4000..4097); });

        Assert.Equal((byte[])[.. bytes[100..110], .. bytes[^3..]], await pair.Server.ReadExactlyAsync(13));
    });

    [EngineFact]
    public Task One_lease_may_be_on_its_way_to_many_peers_at_once() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        TcpPair[] pairs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TcpPair.ConnectAsync(engine)));
        byte[] bytes = Payload.Make(30_000);
        using (BufferLease lease = engine.Rent(bytes.Length))
        {
            bytes.CopyTo(lease.Edit());
            SendReceipt[] sent = await Task.WhenAll(pairs.Select(pair => pair.Client.SendZeroCopyAsync(lease).AsTask()));
            foreach (TcpPair pair in pairs)
            {
                Assert.Equal(bytes, await pair.Server.ReadExactlyAsync(bytes.Length));
            }

            await Task.WhenAll(sent.Select(receipt => receipt.Recycled.AsTask()));
            lease.Edit().Clear();
        }

        await Task.WhenAll(pairs.Select(pair => pair.DisposeAsync().AsTask()));
    });

    [EngineFact]
    public Task Nothing_to_send_is_sent_at_once() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        Assert.Equal(0, (await pair.Client.SendZeroCopyAsync(ReadOnlyMemory<byte>.Empty)).BytesSent);
        await pair.Client.SendZeroCopyAsync(new byte[] { 7 });
        Assert.Equal((byte[])[7], await pair.Server.ReadExactlyAsync(1));
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Adaptive)]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task Megabytes_in_random_sizes_arrive_byte_exact(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        byte[] bytes = Payload.Make(8 << 20);
        Task<byte[]> reading = pair.Server.ReadExactlyAsync(bytes.Length);
        var random = new Random(3);
        for (int at = 0; at < bytes.Length;)
        {
            int size = Math.Min(random.Next(1, 1 << random.Next(1, 18)), bytes.Length - at);
            ReadOnlyMemory<byte> part = bytes.AsMemory(at, size);
            if (size <= 65_536 && random.Next(2) == 0)
            {
                using BufferLease lease = await engine.RentAsync(size);
                part.Span.CopyTo(lease.Edit());
                await pair.Client.SendZeroCopyAsync(lease);
            }
            else
            {
                await pair.Client.SendZeroCopyAsync(part);
            }

            at += size;
        }

        Assert.Equal(bytes, await reading);
    });

    [EngineFact]
    public Task Messages_arrive_whole_wherever_the_stream_is_cut() => OnEngine(async engine =>
    {
        byte[] stream = [.. Encode(MakeTick(0, 3)), .. Encode(MakeTick(1, 3)), .. Encode(MakeTick(2, 3))];
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        MessageReceiver<Tick.View> receiver = pair.Socket.ReceiveTicksAsync();
        for (int cut = 1; cut < stream.Length; cut++)
        {
            Assert.Equal(cut, await pair.Peer.SendAsync(stream.AsMemory(0, cut)));
            for (int i = 0; i < 3; i++)
            {
                if (i == cut / Tick.WireSize)
                {
                    // Everything before the cut is out; the receiver is asked before the rest is sent, so that it must wait.
                    ValueTask<bool> waiting = receiver.MoveNextAsync();
                    Assert.False(waiting.IsCompleted);
                    await pair.Peer.SendAsync(stream.AsMemory(cut));
                    Assert.True(await waiting);
                }
                else
                {
                    Assert.True(await receiver.MoveNextAsync());
                }

                Assert.Equal(MakeTick(i, 3), Decode(receiver.Current));
            }
        }
    });

    [EngineFact]
    public Task Messages_arrive_whole_when_every_byte_comes_alone() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        byte[] stream = [.. Enumerable.Range(0, 50).SelectMany(i => Encode(MakeTick(i, 50)))];
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < stream.Length; i++)
            {
                await pair.Peer.SendAsync(stream.AsMemory(i, 1));
            }

            pair.Peer.Shutdown(SocketShutdown.Send);
        });
        int seen = 0;
        await foreach (Tick.View tick in pair.Socket.ReceiveTicksAsync())
        {
            Assert.Equal(MakeTick(seen++, 50), Decode(tick));
        }

        Assert.Equal(50, seen);
        await sending;
    });

    [EngineFact]
    public Task What_was_received_but_not_read_is_kept_for_the_next_enumeration() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        for (int i = 0; i < 10; i++)
        {
            await pair.Client.SendZeroCopyAsync(MakeTick(i, 10));
        }

        pair.Client.Shutdown(SocketShutdown.Send);
        MessageReceiver<Tick.View> ticks = pair.Server.ReceiveTicksAsync();
        var seen = new List<ulong>();
        await foreach (Tick.View tick in ticks)
        {
            seen.Add(tick.Sequence);
            if (seen.Count == 3)
            {
                break;
            }
        }

        await foreach (Tick.View tick in ticks)
        {
            seen.Add(tick.Sequence);
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => (ulong)i), seen);
    });

    [EngineFact]
    public Task The_other_direction_stays_open_after_one_is_shut() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await pair.Server.ReceiveAsync(new byte[10]));
        await pair.Server.SendZeroCopyAsync(MakeTick(1, 1));
        Assert.Equal(Encode(MakeTick(1, 1)), await pair.Client.ReadExactlyAsync(Tick.WireSize));
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await pair.Client.SendZeroCopyAsync(MakeTick(1, 1)));
        Assert.Contains(failure.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.Shutdown });
    });

    private static TheoryData<ZeroCopyPolicy, int> Cross(params int[] sizes)
    {
        var data = new TheoryData<ZeroCopyPolicy, int>();
        foreach (ZeroCopyPolicy policy in Enum.GetValues<ZeroCopyPolicy>())
        {
            foreach (int size in sizes)
            {
                data.Add(policy, size);
            }
        }

        return data;
    }

    private static Tick MakeTick(int i, int count) => new() { Sequence = (ulong)i, PriceNanos = -3L * i, Quantity = (uint)i * 1000, IsLast = i == count - 1 };

    private static Tick Decode(Tick.View view) =>
        new() { Sequence = view.Sequence, PriceNanos = view.PriceNanos, Quantity = view.Quantity, IsLast = view.IsLast };

    private static byte[] Encode(in Tick tick)
    {
        var bytes = new byte[Tick.WireSize];
        Tick.Encode(tick, bytes);
        return bytes;
    }

    private static void AssertIsBlock(Block.View block, ulong sequence)
    {
        Assert.Equal(sequence, block.Sequence);
        Assert.Equal(4080u, block.Length);
        Assert.Equal(-1, block.Bytes.IndexOfAnyExcept(Block.Filling(sequence, 0)));
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringTcpMessageTests() : TcpMessageTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableTcpMessageTests() : TcpMessageTests(EngineKind.Portable);
