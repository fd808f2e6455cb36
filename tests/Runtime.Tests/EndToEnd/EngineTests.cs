using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Engines: their settings, their buffers, their loops and their end.</summary>
public abstract class EngineTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task It_is_the_engine_that_was_asked_for_and_says_so() => OnEngine(engine =>
    {
        Assert.Equal(Kind, engine.Kind);
        Assert.Equal(Kind, engine.Options.Engine);
        Assert.StartsWith(Kind == EngineKind.IoUring ? "io_uring on Linux" : "portable engine over System.Net.Sockets, as asked", engine.Description);
        Assert.DoesNotContain("not registered", engine.Description);
        return Task.CompletedTask;
    });

    [EngineFact]
    public Task A_fresh_engine_has_every_buffer_free() => OnEngine(new ZeroCopyOptions { SmallBuffers = 3, MediumBuffers = 2, LargeBuffers = 1 }, engine =>
    {
        ZeroCopyStatistics statistics = engine.GetStatistics();
        Assert.Equal((6, 0, 0, 0), (statistics.FreeBuffers, statistics.LeasedBuffers, statistics.InFlightBuffers, statistics.QuarantinedBuffers));
        return Task.CompletedTask;
    });

    [EngineFact]
    public Task Settings_out_of_range_are_refused_by_name() => WithDeadline(() =>
    {
        AssertRefused(new ZeroCopyOptions { LoopCount = -1 }, nameof(ZeroCopyOptions.LoopCount));
        AssertRefused(new ZeroCopyOptions { LoopCount = 257 }, nameof(ZeroCopyOptions.LoopCount));
        AssertRefused(new ZeroCopyOptions { SmallBuffers = -1 }, nameof(ZeroCopyOptions.SmallBuffers));
        AssertRefused(new ZeroCopyOptions { MediumBuffers = int.MaxValue }, nameof(ZeroCopyOptions.MediumBuffers));
        AssertRefused(new ZeroCopyOptions { LargeBuffers = 0 }, nameof(ZeroCopyOptions.LargeBuffers));
        AssertRefused(new ZeroCopyOptions { LeaseTimeout = TimeSpan.Zero }, nameof(ZeroCopyOptions.LeaseTimeout));
        AssertRefused(new ZeroCopyOptions { CloseTimeout = TimeSpan.FromDays(30) }, nameof(ZeroCopyOptions.CloseTimeout));
        AssertRefused(new ZeroCopyOptions { StalledPeerTimeout = TimeSpan.FromSeconds(-1) }, nameof(ZeroCopyOptions.StalledPeerTimeout));
        AssertRefused(new ZeroCopyOptions { SpinBeforeSleep = TimeSpan.FromTicks(-1) }, nameof(ZeroCopyOptions.SpinBeforeSleep));
        AssertRefused(new ZeroCopyOptions { SpinBeforeSleep = TimeSpan.FromSeconds(2) }, nameof(ZeroCopyOptions.SpinBeforeSleep));
        return Task.CompletedTask;

        void AssertRefused(ZeroCopyOptions options, string name)
        {
            var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => ZeroCopyEngine.Create(options with { Engine = Kind }));
            Assert.Contains(name, refusal.ParamName, StringComparison.OrdinalIgnoreCase);
        }
    });

    [EngineFact]
    public Task More_memory_than_the_kernel_registers_as_one_buffer_is_refused_with_the_sum() => WithDeadline(() =>
    {
        // Each number is in its range.
        var most = new ZeroCopyOptions { Engine = Kind, SmallBuffers = 0, MediumBuffers = 1 << 17, LargeBuffers = 1 << 13 };
        AssertRefused(most with { SmallBuffers = 1 }, "1025 MiB");
        AssertRefused(most with { MediumBuffers = 1 << 18 }, "1536 MiB");
        // Where each buffer has pages of its own, small ones take as much as medium ones.
        AssertRefused(new ZeroCopyOptions { Engine = Kind, SmallBuffers = 1 << 18, Guard = GuardMode.Protect }, "MiB");
        return Task.CompletedTask;

        static void AssertRefused(ZeroCopyOptions options, string sum)
        {
            var refusal = Assert.Throws<ArgumentException>(() => ZeroCopyEngine.Create(options));
            Assert.Contains(sum, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(ZeroCopyOptions.MediumBuffers), refusal.Message, StringComparison.Ordinal);
        }
    });

    [EngineFact]
    public Task Lengths_no_buffer_has_are_refused() => OnEngine(async engine =>
    {
        foreach (int length in new[] { -1, 0, 65_537 })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => { engine.Rent(length); });
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await engine.RentAsync(length));
        }
    });

    [EngineFact]
    public Task A_buffer_of_another_engine_is_refused_and_stays_with_its_owner() => OnEngine(async engine =>
    {
        await using ZeroCopyEngine other = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Kind });
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using (BufferLease foreign = other.Rent(100))
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await pair.Client.SendZeroCopyAsync(foreign));
            Assert.False(foreign.IsInFlight);
            foreign.Edit().Clear();
        }

        await Books.AssertNothingLeftAsync(other);
    });

    [EngineFact]
    public Task Renting_from_an_empty_pool_throws_and_says_where_the_buffers_are() => OnEngine(new ZeroCopyOptions { SmallBuffers = 0, MediumBuffers = 0, LargeBuffers = 2 }, engine =>
    {
        using BufferLease one = engine.Rent(10);
        using BufferLease two = engine.Rent(65_536);
        var exhausted = Assert.Throws<InvalidOperationException>(() => { engine.Rent(5000); });
        Assert.Contains("No free buffer of 5000 bytes", exhausted.Message);
        Assert.Contains("2 leased", exhausted.Message);
        Assert.Contains(nameof(ZeroCopyOptions), exhausted.Message);
        return Task.CompletedTask;
    });

    [EngineFact]
    public Task Those_who_wait_for_a_buffer_are_served_in_the_order_they_came() => OnEngine(new ZeroCopyOptions { SmallBuffers = 0, MediumBuffers = 0, LargeBuffers = 1 }, async engine =>
    {
        BufferLease held = engine.Rent(65_536);
        Task<BufferLease>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => engine.RentAsync(65_536).AsTask())];
        foreach (Task<BufferLease> next in waiting)
        {
            Assert.All(waiting.SkipWhile(wait => wait != next), wait => Assert.False(wait.IsCompleted));
            held.Dispose();
            held = await next;
        }

        held.Dispose();
    });

    [EngineFact]
    public Task A_small_request_waits_for_a_larger_buffer_where_there_are_no_small_ones() => OnEngine(new ZeroCopyOptions { SmallBuffers = 0, MediumBuffers = 0, LargeBuffers = 1 }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        BufferLease held = engine.Rent(65_536);
        ValueTask<BufferLease> waiting = engine.RentAsync(10);
        ValueTask<SendReceipt> sending = pair.Client.SendZeroCopyAsync(new Tick { Sequence = 8 });
        held.Dispose();
        (await waiting).Dispose();
        await sending;
        await pair.Server.ReadExactlyAsync(Tick.WireSize);
    });

    [EngineFact]
    public Task A_small_request_that_waits_takes_a_larger_buffer_that_returns_first() => OnEngine(new ZeroCopyOptions { SmallBuffers = 1, MediumBuffers = 0, LargeBuffers = 1 }, async engine =>
    {
        using BufferLease small = engine.Rent(10);
        BufferLease large = engine.Rent(65_536);
        ValueTask<BufferLease> waiting = engine.RentAsync(10);
        large.Dispose();
        (await waiting).Dispose();
    });

    [EngineFact]
    public Task With_no_buffer_free_messages_are_copied_and_keep_their_order() =>
        OnEngine(new ZeroCopyOptions { SmallBuffers = 1, MediumBuffers = 0, LargeBuffers = 1 }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            BufferLease[] all = [engine.Rent(1), engine.Rent(1)];
            for (ulong i = 0; i < 100; i++)
            {
                await pair.Client.SendZeroCopyAsync(new Tick { Sequence = i });
            }

            MessageReceiver<Tick.View> receiver = pair.Server.ReceiveTicksAsync();
            for (ulong i = 0; i < 100; i++)
            {
                Assert.True(await receiver.MoveNextAsync());
                Assert.Equal(i, receiver.Current.Sequence);
            }

            Assert.Equal(100, engine.GetStatistics().CopiedNoBuffer);
            foreach (BufferLease lease in all)
            {
                lease.Dispose();
            }
        });

    [EngineFact]
    public Task Waiting_for_a_buffer_ends_with_a_TimeoutException_that_says_where_they_are() =>
        OnEngine(new ZeroCopyOptions { SmallBuffers = 0, MediumBuffers = 0, LargeBuffers = 1, LeaseTimeout = TimeSpan.FromMilliseconds(50) }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            using (engine.Rent(65_536))
            {
                Assert.Contains("1 leased", (await Assert.ThrowsAsync<TimeoutException>(async () => await engine.RentAsync(10))).Message);
            }

            // Nobody is left in the line.
            await pair.Client.SendZeroCopyAsync(new Tick { Sequence = 3 });
            await pair.Server.ReadExactlyAsync(Tick.WireSize);
        });

    [EngineFact]
    public Task Sockets_spread_over_the_loops_and_every_loop_carries_traffic() => OnEngine(new ZeroCopyOptions { LoopCount = 3 }, async engine =>
    {
        Assert.Equal([0, 1, 2], engine.Loops.Select(loop => loop.Index));
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        var pairs = new List<(ZeroCopySocket Client, ZeroCopySocket Server)>();
        for (int i = 0; i < 6; i++)
        {
            pairs.Add((await engine.ConnectAsync(listener.LocalEndPoint), await listener.AcceptAsync()));
        }

        Assert.Equal(engine.Loops, pairs.SelectMany(pair => new[] { pair.Client.Loop, pair.Server.Loop }).Distinct().OrderBy(loop => loop.Index));
        await Task.WhenAll(pairs.Select(pair => pair.Client.Loop.RunAsync(async () =>
        {
            // A send on one loop, a receive on another, and home again after each.
            for (ulong i = 0; i < 100; i++)
            {
                await pair.Client.SendZeroCopyAsync(Block.Number(i));
                await pair.Server.ReadExactlyAsync(Block.WireSize);
                Assert.True(pair.Client.Loop.IsCurrent);
            }
        })));
        await Task.WhenAll(pairs.SelectMany(pair => new[] { pair.Client.DisposeAsync().AsTask(), pair.Server.DisposeAsync().AsTask() }));
    });

    [EngineFact]
    public Task Work_run_on_a_loop_returns_its_result_or_its_exception() => OnEngine(new ZeroCopyOptions { LoopCount = 2 }, async engine =>
    {
        ZeroCopyLoop loop = engine.Loops[1];
        Assert.Null(ZeroCopyLoop.Current);
        Assert.Equal(42, await loop.RunAsync(async () =>
        {
            Assert.Same(loop, ZeroCopyLoop.Current);
            await Task.Yield();
            Assert.Same(loop, ZeroCopyLoop.Current);
            return 42;
        }));
        await Assert.ThrowsAsync<FormatException>(() => loop.RunAsync(() => throw new FormatException()));
        await Assert.ThrowsAsync<FormatException>(() => loop.RunAsync(async () =>
        {
            await Task.Yield();
            throw new FormatException();
        }));
        await Assert.ThrowsAsync<TaskCanceledException>(() => loop.RunAsync(() => Task.FromCanceled(new CancellationToken(true))));
    });

    [EngineFact]
    public Task What_completes_while_a_full_ring_is_being_emptied_is_not_forgotten() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket ready = engine.BindDatagram(Loopback.AnyPort);
        ZeroCopyDatagramSocket silent = engine.BindDatagram(Loopback.AnyPort);
        await ready.SendZeroCopyAsync(new Tick(), ready.LocalEndPoint);
        var waiting = new List<Task<ReceivedDatagram>>();
        await ready.Loop.RunAsync(async () =>
        {
            // More in one go than the submission ring takes: the first completes while room is made for the last.
            ValueTask<ReceivedDatagram> receiving = ready.ReceiveAsync(new byte[100]);
            for (int i = 0; i < 1200; i++)
            {
                waiting.Add(silent.ReceiveAsync(new byte[1]).AsTask());
            }

            Assert.Equal(Tick.WireSize, (await receiving).BytesReceived);
        });

        await silent.DisposeAsync();
        foreach (Task<ReceivedDatagram> receive in waiting)
        {
            Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => receive)).SocketErrorCode);
        }
    });

    [EngineFact]
    public Task A_socket_connected_on_a_loop_belongs_to_it() => OnEngine(new ZeroCopyOptions { LoopCount = 3 }, async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        foreach (ZeroCopyLoop loop in engine.Loops)
        {
            await using ZeroCopySocket socket = await loop.RunAsync(() => engine.ConnectAsync(listener.LocalEndPoint).AsTask());
            Assert.Same(loop, socket.Loop);
        }
    });

    [EngineFact]
    public Task Disposing_the_engine_ends_everything_that_is_under_way() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Kind, LoopCount = 2, Policy = ZeroCopyPolicy.Always });
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        TcpPair[] pairs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TcpPair.ConnectAsync(engine)));
        ZeroCopyDatagramSocket datagrams = engine.BindDatagram(Loopback.AnyPort);
        var underWay = new List<Task>
        {
            listener.AcceptAsync().AsTask(),
            datagrams.ReceiveAsync(new byte[10]).AsTask(),
        };
        foreach (TcpPair pair in pairs)
        {
            underWay.Add(Task.Run(() => SwallowAsync(pair.Client)));
            underWay.Add(Task.Run(() => ChatterAsync(pair.Client)));
            underWay.Add(Task.Run(() => SwallowAsync(pair.Server)));
            underWay.Add(pair.Client.Loop.RunAsync(() => ChatterAsync(pair.Client)));
        }

        await Task.Delay(100);
        await engine.DisposeAsync();
        await engine.DisposeAsync();

        foreach (Task task in underWay)
        {
            Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => task);
            Assert.True(
                failure is ObjectDisposedException or SocketException
                {
                    SocketErrorCode: SocketError.OperationAborted or SocketError.ConnectionReset or SocketError.ConnectionAborted,
                },
                failure.ToString());
        }

        Books.AssertNothingLost(engine);
        Assert.Throws<ObjectDisposedException>(() => { engine.Rent(1); });
        Assert.Throws<ObjectDisposedException>(() => { engine.Listen(Loopback.AnyPort); });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await engine.RentAsync(1));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await engine.ConnectAsync(Loopback.AnyPort));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await engine.Loops[0].RunAsync(() => Task.CompletedTask));
    });

    [EngineFact]
    public Task Disposing_the_engine_ends_those_who_wait_for_a_buffer() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Kind, LargeBuffers = 1, LeaseTimeout = TimeSpan.FromMinutes(10) });
        BufferLease held = engine.Rent(65_536);
        Task<BufferLease> waiting = engine.RentAsync(65_536).AsTask();
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);

        // A lease outlives even its engine: its memory is not given back before it.
        held.Edit().Fill(1);
        held.Dispose();
    });

    private static async Task ChatterAsync(ZeroCopySocket socket)
    {
        while (true)
        {
            await socket.SendZeroCopyAsync(new Tick());
            using BufferLease lease = await socket.RentAsync(5000);
            await socket.SendZeroCopyAsync(lease);
        }
    }

    private static async Task SwallowAsync(ZeroCopySocket socket)
    {
        var buffer = new byte[32_768];
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }

        throw new SocketException((int)SocketError.ConnectionReset);
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringEngineTests() : EngineTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableEngineTests() : EngineTests(EngineKind.Portable);
