using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>A stream keeps the order of the calls, awaited or not, whatever each had to wait for; and never mixes two messages.</summary>
public abstract class TcpOrderTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Sends = 20_000;

    public static TheoryData<ZeroCopyPolicy> Policies => [ZeroCopyPolicy.Adaptive, ZeroCopyPolicy.Always, ZeroCopyPolicy.Never];

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Sends_that_are_not_awaited_arrive_in_order_from_an_ordinary_thread(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            Task receiving = ExpectInOrderAsync(pair.Server, Sends);
            var thread = new Thread(() =>
            {
                for (ulong i = 0; i < Sends; i++)
                {
                    _ = pair.Client.SendZeroCopyAsync(new Tick { Sequence = i });
                }
            });
            thread.Start();
            await receiving;
        });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Sends_that_are_not_awaited_arrive_in_order_from_a_handler_on_the_loop(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            Task receiving = ExpectInOrderAsync(pair.Server, Sends);
            await pair.Client.Loop.RunAsync(async () =>
            {
                for (ulong i = 0; i < Sends; i++)
                {
                    _ = pair.Client.SendZeroCopyAsync(new Tick { Sequence = i });
                    if (i % 5000 == 4999)
                    {
                        await Task.Yield();
                    }
                }
            });
            await receiving;
        });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Messages_leases_and_memory_keep_one_order(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            Task receiving = ExpectInOrderAsync(pair.Server, Sends);
            await SendMixedAsync(pair.Client, Sends);
            await receiving;
        });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Messages_leases_and_memory_keep_one_order_on_the_loop(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            Task receiving = pair.Server.Loop.RunAsync(() => ExpectInOrderAsync(pair.Server, Sends));
            await pair.Client.Loop.RunAsync(() => SendMixedAsync(pair.Client, Sends));
            await receiving;
        });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always, false)]
    [InlineData(ZeroCopyPolicy.Always, true)]
    [InlineData(ZeroCopyPolicy.Never, false)]
    [InlineData(ZeroCopyPolicy.Never, true)]
    public Task Sends_that_wait_for_a_buffer_keep_their_order(ZeroCopyPolicy policy, bool onLoop) =>
        OnEngine(Tiny with { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            const int Count = 3000;
            Task receiving = ExpectInOrderAsync(pair.Server, Count);
            Func<Task> send = async () =>
            {
                var sends = new Task<SendReceipt>[Count];
                for (int i = 0; i < Count; i++)
                {
                    var tick = new Tick { Sequence = (ulong)i };
                    // Memory needs no buffer, so it is what would overtake.
                    sends[i] = (i % 5 == 4 ? pair.Client.SendZeroCopyAsync(Encode(tick)) : pair.Client.SendZeroCopyAsync(tick)).AsTask();
                }

                await Task.WhenAll(sends);
            };
            await (onLoop ? pair.Client.Loop.RunAsync(send) : send());
            await receiving;
        });

    [EngineFact]
    public Task Large_messages_that_wait_for_the_only_large_buffer_keep_their_order() => OnEngine(Tiny with { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        const int Count = 500;
        Task sending = Task.WhenAll(Enumerable.Range(0, Count).Select(i => pair.Client.SendZeroCopyAsync(Block.Number((ulong)i)).AsTask()));
        ulong expected = 0;
        await foreach (Block.View block in pair.Server.ReceiveBlocksAsync())
        {
            Assert.Equal(expected, block.Sequence);
            Assert.Equal(-1, block.Bytes.IndexOfAnyExcept(Block.Filling(expected, 0)));
            if (++expected == Count)
            {
                break;
            }
        }

        await sending;
    });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Eight_threads_on_one_socket_never_tear_a_message(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            const int Senders = 8;
            const int Each = 250;
            Task[] sending = [.. Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
            {
                for (ulong i = 0; i < Each; i++)
                {
                    Block block = Block.Number(i, (uint)sender);
                    ValueTask<SendReceipt> send = pair.Client.SendZeroCopyAsync(block);
                    if (i % 3 == 0)
                    {
                        await send;
                    }
                }
            }))];

            // Each sender's own messages also stay in its order.
            var next = new ulong[Senders];
            int received = 0;
            await foreach (Block.View block in pair.Server.ReceiveBlocksAsync())
            {
                Assert.Equal(next[block.Sender]++, block.Sequence);
                Assert.Equal(-1, block.Bytes.IndexOfAnyExcept(Block.Filling(block.Sequence, block.Sender)));
                if (++received == Senders * Each)
                {
                    break;
                }
            }

            await Task.WhenAll(sending);
        });

    [EngineFact]
    public Task Sends_queue_behind_a_peer_that_does_not_read_and_arrive_in_order_when_it_does() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        byte[] first = Payload.Make(16 << 20);
        Task<SendReceipt> stalled = pair.Socket.SendZeroCopyAsync(first).AsTask();
        Task<SendReceipt>[] later = [.. Enumerable.Range(0, 100).Select(i => pair.Socket.SendZeroCopyAsync(new Tick { Sequence = (ulong)i }).AsTask())];
        Assert.False(stalled.IsCompleted);
        Assert.All(later, send => Assert.False(send.IsCompleted));

        byte[] received = new byte[first.Length + 100 * Tick.WireSize];
        using var stream = new NetworkStream(pair.Peer);
        await stream.ReadExactlyAsync(received);

        Assert.Equal(first, received[..first.Length]);
        Assert.Equal(
            Enumerable.Range(0, 100).SelectMany(i => Encode(new Tick { Sequence = (ulong)i })),
            received[first.Length..]);
        await stalled;
        await Task.WhenAll(later);
    });

    private static ZeroCopyOptions Tiny => new() { SmallBuffers = 2, MediumBuffers = 1, LargeBuffers = 1 };

    private static async Task SendMixedAsync(ZeroCopySocket socket, int count)
    {
        for (int i = 0; i < count; i++)
        {
            var tick = new Tick { Sequence = (ulong)i };
            switch (i % 4)
            {
                case 0 or 1:
                    _ = socket.SendZeroCopyAsync(tick);
                    break;
                case 2:
                    using (BufferLease lease = await socket.RentAsync(Tick.WireSize))
                    {
                        Tick.Encode(tick, lease.Edit());
                        _ = socket.SendZeroCopyAsync(lease);
                    }

                    break;
                default:
                    _ = socket.SendZeroCopyAsync(Encode(tick));
                    break;
            }
        }
    }

    private static async Task ExpectInOrderAsync(ZeroCopySocket socket, int count)
    {
        ulong expected = 0;
        await foreach (Tick.View tick in socket.ReceiveTicksAsync())
        {
            Assert.Equal(expected, tick.Sequence);
            if (++expected == (ulong)count)
            {
                break;
            }
        }

        Assert.Equal((ulong)count, expected);
    }

    private static byte[] Encode(in Tick tick)
    {
        var bytes = new byte[Tick.WireSize];
        Tick.Encode(tick, bytes);
        return bytes;
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringTcpOrderTests() : TcpOrderTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableTcpOrderTests() : TcpOrderTests(EngineKind.Portable);
