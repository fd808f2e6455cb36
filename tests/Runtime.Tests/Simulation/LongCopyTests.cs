using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Long copies of streams by code on the loop: at once, as far as a round allows, and then one stream in each round.</summary>
public sealed class LongCopyTests
{
    private const int Length = 20_000;

    // The first whose bytes begin beyond the budget of a round, 4 MiB, is the first to wait.
    private const int InOneRound = 210;

    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task They_go_at_once_as_far_as_one_round_of_the_loop_allows_and_the_rest_without_the_ring_in_the_next()
    {
        int direct = 0;
        await using var sim = Copying(length =>
        {
            direct++;
            return length;
        });
        byte[] memory = new byte[Length];
        int atOnce = await OnLoop(sim, async () =>
        {
            ValueTask<SendReceipt>[] sends = [.. Enumerable.Range(0, 300).Select(_ => sim.Stream.SendZeroCopyAsync(memory))];
            int atOnce = sends.Count(send => send.IsCompleted);
            foreach (ValueTask<SendReceipt> send in sends)
            {
                Assert.Equal(Length, (await send).BytesSent);
            }

            return atOnce;
        });

        Assert.Equal(InOneRound, atOnce);
        Assert.Equal(300, direct);
        Assert.False(sim.Kernel.HasSubmitted);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Streams_that_send_all_they_can_have_a_round_each_in_turn()
    {
        const int Streams = 4;
        const int Sends = 1000;
        const int InFlight = 4;
        var order = new List<int>();
        await using var sim = Copying(length =>
        {
            order.Add(length);
            return length;
        });
        await OnLoop(sim, async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, Streams).Select(i => PumpAsync(sim.NewStream(), new byte[Length + i])));
            return 0;
        });

        Assert.Equal(Streams * Sends, order.Count);
        Assert.False(sim.Kernel.HasSubmitted);
        // Each round goes to one stream, but for the few sends of others that were under way when it began.
        int runs = 1 + order.Zip(order.Skip(1)).Count(pair => pair.First != pair.Second);
        Assert.InRange(runs, Streams, Streams * Sends / InOneRound * 3);

        async Task PumpAsync(ZeroCopySocket stream, byte[] memory)
        {
            var sends = new ValueTask<SendReceipt>[InFlight];
            for (int i = 0; i < Sends; i++)
            {
                Assert.Equal(i < InFlight ? 0 : memory.Length, (await sends[i % InFlight]).BytesSent);
                sends[i % InFlight] = stream.SendZeroCopyAsync(memory);
            }

            foreach (ValueTask<SendReceipt> send in sends)
            {
                await send;
            }
        }
    }

    [Fact]
    public async Task One_that_is_cancelled_while_it_waits_for_a_round_is_not_sent_and_the_next_is()
    {
        var sent = new List<int>();
        await using var sim = Copying(length =>
        {
            sent.Add(length);
            return length;
        });
        using var cancellation = new CancellationTokenSource();
        await OnLoop(sim, async () =>
        {
            ValueTask<SendReceipt> first = WaitsForNextRound(sim);
            ZeroCopySocket stream = sim.NewStream();
            Task<SendReceipt> cancelled = stream.SendZeroCopyAsync(new byte[Length + 1], cancellation.Token).AsTask();
            Task<SendReceipt> next = stream.SendZeroCopyAsync(new byte[Length + 2]).AsTask();
            Cancel(cancellation);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
            Assert.Equal(Length + 2, (await next).BytesSent);
            await first;
            return 0;
        });

        Assert.DoesNotContain(Length + 1, sent);
        Assert.False(sim.Kernel.HasSubmitted);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task One_whose_socket_closes_while_it_waits_for_a_round_is_not_sent()
    {
        var sent = new List<int>();
        await using var sim = Copying(length =>
        {
            sent.Add(length);
            return length;
        });
        await OnLoop(sim, async () =>
        {
            ValueTask<SendReceipt> first = WaitsForNextRound(sim);
            ZeroCopySocket stream = sim.NewStream();
            Task<SendReceipt> waiting = stream.SendZeroCopyAsync(new byte[Length + 1]).AsTask();
            Task<SendReceipt> behind = stream.SendZeroCopyAsync(new byte[Length + 1]).AsTask();
            Task closing = stream.DisposeAsync().AsTask();
            await Assert.ThrowsAsync<SocketException>(() => waiting);
            await Assert.ThrowsAsync<SocketException>(() => behind);
            await first;
            await closing;
            return 0;
        });

        Assert.DoesNotContain(Length + 1, sent);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task What_a_socket_has_no_room_for_goes_on_by_way_of_the_ring()
    {
        int direct = 0;
        await using var sim = Copying(length => ++direct <= InOneRound ? length : 5_000);
        Task<int> sending = OnLoop(sim, async () => (await WaitsForNextRound(sim)).BytesSent);
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal(Length - 5_000, rest.Length);
        rest.Complete(rest.Length);
        Assert.Equal(Length, await sending.WaitAsync(Deadline));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task From_the_second_of_a_round_on_the_last_packet_may_wait_for_the_next_until_the_round_ends()
    {
        await using var sim = Copying(length => length);
        await OnLoop(sim, async () =>
        {
            foreach (int uncorked in new[] { 0, 1 })
            {
                for (int i = 0; i < 3; i++)
                {
                    Assert.Equal(Length, (await sim.Stream.SendZeroCopyAsync(new byte[Length])).BytesSent);
                }

                Assert.Equal(uncorked, sim.Kernel.Uncorks);
                await NextRoundAsync(sim);
                Assert.Equal(uncorked + 1, sim.Kernel.Uncorks);
            }

            // Alone in its round.
            await sim.Stream.SendZeroCopyAsync(new byte[Length]);
            await NextRoundAsync(sim);
            return 0;
        });

        Assert.Equal([false, true, true, false, true, true, false], sim.Kernel.MoreFollowed);
        Assert.Equal(2, sim.Kernel.Uncorks);
    }

    [Fact]
    public async Task Those_of_a_socket_that_its_user_may_have_corked_wait_for_nothing()
    {
        // TCP_NODELAY, which every system has; which one it is does not matter.
        const int SolTcp = 6;
        const int SomeOption = 1;
        await using var sim = Copying(length => length);
        sim.Stream.SetRawSocketOption(SolTcp, SomeOption, BitConverter.GetBytes(1));
        await OnLoop(sim, async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                await sim.Stream.SendZeroCopyAsync(new byte[Length]);
            }

            await NextRoundAsync(sim);
            return 0;
        });

        Assert.DoesNotContain(true, sim.Kernel.MoreFollowed);
        Assert.Equal(0, sim.Kernel.Uncorks);
    }

    [Fact]
    public async Task One_that_closes_before_the_round_ends_is_not_named_to_the_kernel_any_more()
    {
        await using var sim = Copying(length => length);
        await OnLoop(sim, async () =>
        {
            ZeroCopySocket stream = sim.NewStream();
            await stream.SendZeroCopyAsync(new byte[Length]);
            await stream.SendZeroCopyAsync(new byte[Length]);
            Task closing = stream.DisposeAsync().AsTask();
            await NextRoundAsync(sim);
            await closing;
            return 0;
        });

        Assert.Equal([false, true], sim.Kernel.MoreFollowed);
        Assert.Equal(0, sim.Kernel.Uncorks);
    }

    /// <summary>A send that finds the round's budget used up. On the loop.</summary>
    private static ValueTask<SendReceipt> WaitsForNextRound(SimulatedSockets sim)
    {
        byte[] memory = new byte[Length];
        for (int i = 0; i < InOneRound; i++)
        {
            Assert.True(sim.Stream.SendZeroCopyAsync(memory).IsCompletedSuccessfully);
        }

        ValueTask<SendReceipt> waiting = sim.Stream.SendZeroCopyAsync(memory);
        Assert.False(waiting.IsCompleted);
        return waiting;
    }

    /// <summary>On the loop: it has been to the kernel.</summary>
    private static async Task NextRoundAsync(SimulatedSockets sim)
    {
        long round = sim.Engine.Loops[0].Enters;
        while (sim.Engine.Loops[0].Enters == round)
        {
            await Task.Yield();
        }
    }

    // On this thread: the loop has not gone on when it returns.
    private static void Cancel(CancellationTokenSource cancellation) => cancellation.Cancel();

    private static Task<T> OnLoop<T>(SimulatedSockets sim, Func<Task<T>> code) => sim.Engine.Loops[0].RunAsync(code).WaitAsync(Deadline);

    private static SimulatedSockets Copying(Func<int, int> directSend) => new(kernel => kernel.DirectSend = directSend, new ZeroCopyOptions
    {
        LoopCount = 1,
        Policy = ZeroCopyPolicy.Never,
        CloseTimeout = TimeSpan.FromMilliseconds(50),
    });
}
