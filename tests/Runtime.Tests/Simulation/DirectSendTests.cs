using System.Collections.Concurrent;
using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Copied sends that go out on the calling thread, and when they do.</summary>
public sealed class DirectSendTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task Code_on_the_loop_that_awaits_each_send_comes_to_need_the_ring_for_few()
    {
        int direct = 0;
        await using var sim = Copying(length =>
        {
            direct++;
            return length;
        });
        using var stop = new CancellationTokenSource();
        Task answering = AnswerAsync(sim, stop.Token);
        await sim.Engine.Loops[0].RunAsync(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                Assert.Equal(10, (await sim.Datagram.SendZeroCopyAsync(new byte[10])).BytesSent);
            }
        }).WaitAsync(Deadline);
        await stop.CancelAsync();
        await answering;
        Assert.InRange(direct, 400, 499);
        Assert.Equal(5000, sim.Engine.Count(static counters => counters.BytesSent));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Sockets_of_one_loop_that_take_turns_need_the_ring_for_few_too()
    {
        int direct = 0;
        await using var sim = Copying(length =>
        {
            direct++;
            return length;
        });
        ZeroCopySocket[] streams = [sim.Stream, sim.NewStream(), sim.NewStream()];
        using var stop = new CancellationTokenSource();
        Task answering = AnswerAsync(sim, stop.Token);
        await sim.Engine.Loops[0].RunAsync(() => Task.WhenAll(streams.Select(async stream =>
        {
            for (int i = 0; i < 200; i++)
            {
                await stream.SendAndRecycleAsync(new byte[10]);
                await Task.Yield();
            }
        }))).WaitAsync(Deadline);
        await stop.CancelAsync();
        await answering;
        Assert.InRange(direct, 480, 599);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Sends_of_the_loop_that_are_not_awaited_one_by_one_all_go_through_the_ring()
    {
        await using var sim = Copying(static length => throw new InvalidOperationException($"A send of {length} bytes went alone."));
        await AwaitedOnceAsync(sim, async () =>
        {
            ValueTask<SendReceipt>[] sends = [.. Enumerable.Range(0, 10).Select(_ => sim.Datagram.SendZeroCopyAsync(new byte[10]))];
            foreach (ValueTask<SendReceipt> send in sends)
            {
                await send;
            }
        });
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_loop_gets_its_turn_however_many_sends_complete_at_once()
    {
        await using var sim = Copying(static length => length);
        using var stop = new CancellationTokenSource();
        Task answering = AnswerAsync(sim, stop.Token);
        bool ran = false;
        await sim.Engine.Loops[0].RunAsync(async () =>
        {
            sim.Engine.Loops[0].Post(LoopWork.Run(_ => ran = true, null));
            for (int i = 0; i < 1000 && !ran; i++)
            {
                await sim.Datagram.SendZeroCopyAsync(new byte[10]);
            }
        }).WaitAsync(Deadline);
        Assert.True(ran);
        await stop.CancelAsync();
        await answering;
    }

    [Fact]
    public async Task The_rest_of_a_send_that_left_in_part_goes_before_what_was_sent_after_it()
    {
        var results = new ConcurrentQueue<int>([4]);
        await using var sim = Copying(_ => results.TryDequeue(out int result) ? result : -KernelError.EAGAIN);
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(Enumerable.Repeat((byte)1, 10).ToArray()).AsTask();
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(Enumerable.Repeat((byte)2, 5).ToArray()).AsTask();
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal(Enumerable.Repeat((byte)1, 6), rest.Bytes);
        Assert.False(sim.Kernel.HasSubmitted);
        rest.Complete(6);
        Submitted next = await sim.Kernel.NextAsync();
        Assert.Equal(Enumerable.Repeat((byte)2, 5), next.Bytes);
        next.Complete(5);
        Assert.Equal(10, (await first.WaitAsync(Deadline)).BytesSent);
        Assert.Equal(5, (await second.WaitAsync(Deadline)).BytesSent);
        Assert.Equal(15, sim.Engine.Count(static counters => counters.BytesSent));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_send_that_would_have_to_wait_keeps_its_turn()
    {
        await using var sim = Copying(static _ => -KernelError.EAGAIN);
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(new byte[10]).AsTask();
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(new byte[5]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(10);
        (await sim.Kernel.NextAsync()).Complete(5);
        await Task.WhenAll(first, second).WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task An_error_is_of_the_send_that_met_it()
    {
        var results = new ConcurrentQueue<int>([-KernelError.EPIPE]);
        await using var sim = Copying(length => results.TryDequeue(out int result) ? result : length);
        using BufferLease lease = sim.Stream.Rent(10);
        SocketException error = await Assert.ThrowsAsync<SocketException>(() => sim.Stream.SendZeroCopyAsync(lease).AsTask());
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Assert.False(lease.IsInFlight);
        await sim.Stream.SendAndRecycleAsync(lease);
        Assert.False(sim.Kernel.HasSubmitted);
    }

    [Fact]
    public async Task Whoever_sends_while_another_thread_is_sending_stands_in_line_behind_it()
    {
        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        await using var sim = Copying(length =>
        {
            inside.Set();
            go.Wait();
            return length;
        });
        Task<SendReceipt> first = Task.Run(() => sim.Stream.SendZeroCopyAsync(new byte[10]).AsTask());
        Assert.True(inside.Wait(Deadline));
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(new byte[5]).AsTask();
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        go.Set();
        Assert.Equal(10, (await first.WaitAsync(Deadline)).BytesSent);
        Submitted next = await sim.Kernel.NextAsync();
        Assert.Equal(5, next.Length);
        next.Complete(5);
        await second.WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_long_copy_whose_turn_comes_while_its_socket_closes_is_not_sent()
    {
        int direct = 0;
        await using var sim = Copying(length => ++direct == 1 ? -KernelError.EAGAIN : length);
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(new byte[20_000]).AsTask();
        Submitted sending = await sim.Kernel.NextAsync();
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(new byte[20_000]).AsTask();
        ZeroCopySocket other = sim.NewStream();
        Task closing = InlineContext.Start(async () =>
        {
            await other.ReceiveAsync(new byte[1]);
            await sim.Stream.DisposeAsync();
        });
        Submitted receive = await sim.Kernel.NextAsync();

        // Handed out one after the other: the socket begins to close, then the first send is done and the second's turn comes.
        await sim.Engine.Loops[0].RunAsync(() =>
        {
            receive.Complete(1);
            sending.Complete(20_000);
            return Task.CompletedTask;
        });
        Assert.Equal(20_000, (await first.WaitAsync(Deadline)).BytesSent);
        await Assert.ThrowsAsync<SocketException>(() => second.WaitAsync(Deadline));
        Assert.Equal(1, direct);
        await closing.WaitAsync(Deadline);
    }

    /// <summary>Runs code on the loop whose sends the test completes once all of them are with the kernel.</summary>
    internal static async Task AwaitedOnceAsync(SimulatedSockets sim, Func<Task> code)
    {
        Task running = sim.Engine.Loops[0].RunAsync(code);
        while (!running.IsCompleted)
        {
            if (sim.Kernel.HasSubmitted)
            {
                Submitted send = await sim.Kernel.NextAsync();
                send.Complete(send.Length);
            }

            await Task.WhenAny(running, Task.Delay(1));
        }

        await running;
    }

    private static SimulatedSockets Copying(Func<int, int> directSend) => new(kernel => kernel.DirectSend = directSend, new ZeroCopyOptions
    {
        LoopCount = 1,
        Policy = ZeroCopyPolicy.Never,
        CloseTimeout = TimeSpan.FromMilliseconds(50),
    });

    private static async Task AnswerAsync(SimulatedSockets sim, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (sim.Kernel.HasSubmitted)
            {
                Submitted send = await sim.Kernel.NextAsync();
                send.Complete(send.Length);
            }
            else
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }
}
