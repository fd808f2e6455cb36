using System.Diagnostics;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Loops that sleep: they are woken whenever there is something to do, and only then.</summary>
[Collection(RunsAlone.Name)]
public abstract class WakeUpTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task Posts_from_many_threads_to_sleeping_loops_are_never_lost() => OnEngine(new ZeroCopyOptions { LoopCount = 4 }, async engine =>
    {
        // Each round posts once to every loop from every thread and waits: all loops sleep in between, so one lost wake hangs.
        const int Threads = 4;
        const int Rounds = 1500;
        using var barrier = new Barrier(Threads);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    barrier.SignalAndWait();
                    Task.WhenAll(engine.Loops.Select(loop => loop.RunAsync(static () => Task.CompletedTask))).GetAwaiter().GetResult();
                }
            },
            TaskCreationOptions.LongRunning)));
    });

    [EngineFact]
    public Task A_loop_that_looks_for_more_before_it_sleeps_finds_what_is_posted_and_what_arrives() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 2, SpinBeforeSleep = TimeSpan.FromSeconds(1) }, async engine =>
        {
            // Whatever such a loop did not see, it would come to a second later at the earliest, and this would never end.
            const int Rounds = 200;
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            Task answering = pair.Server.Loop.RunAsync(async () =>
            {
                var message = new byte[1];
                for (int i = 0; i < Rounds; i++)
                {
                    Assert.Equal(1, await pair.Server.ReceiveAsync(message));
                    await pair.Server.SendAndRecycleAsync(message);
                }
            });
            await pair.Client.Loop.RunAsync(async () =>
            {
                var answer = new byte[1];
                for (int i = 0; i < Rounds; i++)
                {
                    await pair.Client.SendAndRecycleAsync(new byte[] { (byte)i });
                    Assert.Equal(1, await pair.Client.ReceiveAsync(answer));
                    Assert.Equal((byte)i, answer[0]);
                }
            });
            await answering;
            for (int i = 0; i < Rounds; i++)
            {
                await engine.Loops[i % 2].RunAsync(static () => Task.CompletedTask);
            }
        });

    [EngineFact]
    public Task What_completes_on_the_callers_ring_after_the_caller_left_wakes_the_loop() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 2, Policy = ZeroCopyPolicy.Always }, async engine =>
        {
            // Larger than the socket's buffer, so the call returns without a result, which comes when the peer has read;
            // nobody but the loop is there to take it.
            TcpPair[] pairs = [await TcpPair.ConnectAsync(engine), await TcpPair.ConnectAsync(engine), await TcpPair.ConnectAsync(engine)];
            byte[] large = new byte[6 << 20];
            for (int round = 0; round < 12; round++)
            {
                await Task.WhenAll(pairs.Select(async pair =>
                {
                    Task sending = pair.Client.SendAndRecycleAsync(large).AsTask();
                    await pair.Server.ReadExactlyAsync(large.Length);
                    await sending;
                }));
            }

            foreach (TcpPair pair in pairs)
            {
                await pair.DisposeAsync();
            }
        });

    [EngineFact]
    public Task Every_notification_that_comes_late_is_taken_in_by_a_loop_that_has_nothing_else_to_do() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            var room = new byte[100];
            for (int i = 0; i < 1500; i++)
            {
                // The result is there at the call; the notification comes when the peer has read, on another thread.
                SendReceipt sent = await pair.Client.SendZeroCopyAsync(new Tick { Sequence = (ulong)i });
                await pair.Server.ReceiveAsync(room);
                await sent.Recycled;
            }
        });

    [EngineFact]
    public Task Idle_loops_take_no_processor_time() => OnEngine(new ZeroCopyOptions { LoopCount = 4 }, async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        ValueTask<ZeroCopySocket> accepting = listener.AcceptAsync();
        ValueTask<int> receiving = pair.Server.ReceiveAsync(new byte[10]);

        // The whole process; a single loop that polled would take every second of it. The runtime may still be compiling what ran
        // before, so that a first second or two tells nothing.
        using var process = Process.GetCurrentProcess();
        double busy = double.MaxValue;
        for (int second = 0; second < 10 && busy > 500; second++)
        {
            TimeSpan before = process.TotalProcessorTime;
            await Task.Delay(1000);
            process.Refresh();
            busy = (process.TotalProcessorTime - before).TotalMilliseconds;
        }

        Assert.InRange(busy, 0, 500);

        await pair.Client.SendZeroCopyAsync(new byte[3]);
        Assert.Equal(3, await receiving);
        await using ZeroCopySocket knocking = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket accepted = await accepting;
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringWakeUpTests() : WakeUpTests(EngineKind.IoUring)
{
    [EngineFact]
    public Task Sends_the_kernel_answers_at_once_need_no_loop_however_many_there_are() => OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        PeerAddress self = socket.LocalEndPoint;
        using BufferLease lease = engine.Rent(8000);
        using var release = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task blocking = engine.Loops[0].RunAsync(() =>
        {
            // The loop can do nothing at all meanwhile.
            blocked.SetResult();
            release.Wait();
            return Task.CompletedTask;
        });
        await blocked.Task;
        for (int i = 0; i < 500; i++)
        {
            ValueTask<SendReceipt> sending = socket.SendZeroCopyAsync(lease, self);
            Assert.True(sending.IsCompletedSuccessfully);
            Assert.Equal(8000, (await sending).BytesSent);
        }

        release.Set();
        await blocking;
        await Eventually.TrueAsync(() => !lease.IsInFlight, () => "A notification was lost.");
    });
}

/// <summary>On the portable engine.</summary>
public sealed class PortableWakeUpTests() : WakeUpTests(EngineKind.Portable);
