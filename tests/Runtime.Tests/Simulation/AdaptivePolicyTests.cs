using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>When a send is copied and when it is not.</summary>
public sealed class AdaptivePolicyTests
{
    [Theory]
    [InlineData(1023, true, false)]
    [InlineData(1024, true, true)]
    [InlineData(4095, false, false)]
    [InlineData(4096, false, true)]
    public async Task Small_sends_are_copied_and_large_ones_are_not(int length, bool leased, bool zeroCopy)
    {
        await using var sim = new SimulatedSockets(options: new ZeroCopyOptions
        {
            LoopCount = 1,
            ZeroCopyThreshold = 1024,
            DatagramZeroCopyThreshold = 1024,
            OffLoopZeroCopyThreshold = 1024,
            UnregisteredZeroCopyThreshold = 4096,
        });
        Submitted submitted = await SendAsync(sim, length, leased);
        Assert.Equal(zeroCopy ? KernelOperation.SendZeroCopy : KernelOperation.Send, submitted.Operation);
        Assert.Equal(zeroCopy ? 0 : 1, sim.Engine.GetStatistics().CopiedBelowThreshold);
    }

    [Fact]
    public async Task Once_the_kernel_reports_a_copy_the_socket_copies_and_tries_again_rarely()
    {
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(8192);
        submitted.Notify(copied: true);
        await (await first).Recycled;
        Assert.Equal(1, sim.Engine.GetStatistics().KernelCopied);

        for (int i = 0; i < SendPolicy.SendsBeforeReprobe; i++)
        {
            Assert.Equal(KernelOperation.Send, (await SendAsync(sim, 8192, leased: false)).Operation);
        }

        Assert.Equal(KernelOperation.SendZeroCopy, (await SendAsync(sim, 8192, leased: false)).Operation);
        Assert.Equal(SendPolicy.SendsBeforeReprobe, sim.Engine.GetStatistics().CopiedAsKernelCopies);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_send_tries_zero_copy_again_and_its_notification_decides_for_the_others(bool copied)
    {
        // A window of sends would otherwise all be tried before the first notification is back.
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        (await LendAsync(sim)).Notify(copied: true);
        await sim.SettleAsync();
        for (int i = 0; i < SendPolicy.SendsBeforeReprobe; i++)
        {
            await SendAsync(sim, 8192, leased: false);
        }

        Submitted probe = await LendAsync(sim);
        Assert.Equal(KernelOperation.Send, (await SendAsync(sim, 8192, leased: false)).Operation);

        probe.Notify(copied);
        await sim.SettleAsync();
        Assert.Equal(copied ? KernelOperation.Send : KernelOperation.SendZeroCopy, (await SendAsync(sim, 8192, leased: false)).Operation);
    }

    [Fact]
    public async Task Every_try_in_vain_doubles_the_sends_until_the_next_and_one_that_succeeds_begins_anew()
    {
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        int[] intervals = [1024, 2048, 4096, 8192, 16_384, 16_384];
        Submitted probe = await LendAsync(sim);
        foreach (int interval in intervals)
        {
            await NotifyAsync(copied: true);
            for (int i = 0; i < interval; i++)
            {
                Assert.Equal(KernelOperation.Send, (await SendAsync(sim, 8192, leased: false)).Operation);
            }

            probe = await LendAsync(sim);
        }

        await NotifyAsync(copied: false);
        probe = await LendAsync(sim);
        await NotifyAsync(copied: true);
        for (int i = 0; i < intervals[0]; i++)
        {
            await SendAsync(sim, 8192, leased: false);
        }

        await LendAsync(sim);

        async Task NotifyAsync(bool copied)
        {
            probe.Notify(copied);
            await sim.SettleAsync();
        }
    }

    [Theory]
    [InlineData(20_000, long.MaxValue)]
    [InlineData(long.MaxValue, 20_000)]
    public async Task A_peer_that_gives_nothing_back_is_lent_no_more_than_the_cap(long perSocket, long inAll)
    {
        await using var sim = new SimulatedSockets(options: new ZeroCopyOptions
        {
            LoopCount = 1,
            OffLoopZeroCopyThreshold = 4096,
            UnregisteredZeroCopyThreshold = 4096,
            MaxOwedBytesPerSocket = perSocket,
            MaxOwedBytes = inAll,
        });
        var owed = new List<Submitted>();
        for (int i = 0; i < 2; i++)
        {
            Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[8192]).AsTask();
            owed.Add(await sim.Kernel.NextAsync());
            Assert.Equal(KernelOperation.SendZeroCopy, owed[i].Operation);
            owed[i].CompleteWithMore(8192);
            await sending;
        }

        Assert.Equal(16_384, sim.Engine.GetStatistics().OwedBytes);
        Task<SendReceipt> tooMuch = sim.Stream.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted copied = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Send, copied.Operation);
        copied.Complete(8192);
        await (await tooMuch).Recycled;
        Assert.Equal(1, sim.Engine.GetStatistics().CopiedOwedLimit);

        owed.ForEach(submitted => submitted.Notify());
        await sim.SettleAsync();
        Assert.Equal(0, sim.Engine.GetStatistics().OwedBytes);
        Task<SendReceipt> again = sim.Stream.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted lent = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, lent.Operation);
        lent.Complete(8192);
        await again;
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task The_notification_of_a_refused_send_is_no_report_of_a_copy()
    {
        // Linux flags it as copied (6.18): one moment without memory would have cost a thousand sends their zero copy.
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted refused = await sim.Kernel.NextAsync();
        refused.CompleteWithMore(-KernelError.ENOMEM);
        refused.Notify(copied: true);
        (await sim.Kernel.NextAsync()).Complete(8192);
        await (await first).Recycled;

        Assert.Equal((0, 1), (sim.Engine.GetStatistics().KernelCopied, sim.Engine.GetStatistics().CopiedNoMemory));
        Assert.Equal(KernelOperation.SendZeroCopy, (await SendAsync(sim, 8192, leased: false)).Operation);
    }

    [Fact]
    public async Task The_notification_of_a_failed_send_is_no_report_of_a_copy()
    {
        // A peer that was not there for a moment would have cost a thousand sends their zero copy.
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted failed = await sim.Kernel.NextAsync();
        failed.CompleteWithMore(-KernelError.ECONNREFUSED);
        failed.Notify(copied: true);
        await Assert.ThrowsAsync<SocketException>(() => first.WaitAsync(MoreRuleTests.Deadline));
        await sim.SettleAsync();
        Assert.Equal(0, sim.Engine.GetStatistics().KernelCopied);
        Assert.Equal(KernelOperation.SendZeroCopy, (await SendAsync(sim, 8192, leased: false)).Operation);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_socket_that_refuses_zero_copy_is_not_asked_again()
    {
        await using var sim = new SimulatedSockets();
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EOPNOTSUPP);
        (await sim.Kernel.NextAsync()).Complete(8192);
        await first;
        Assert.Equal(KernelOperation.Send, (await SendAsync(sim, 8192, leased: false)).Operation);
    }

    [Fact]
    public async Task Datagrams_that_find_others_to_go_with_are_not_copied_from_a_smaller_size_on()
    {
        await using var sim = new SimulatedSockets(
            static kernel => kernel.Cuts = kernel.GathersRegistered = true,
            new ZeroCopyOptions { LoopCount = 1, DatagramZeroCopyThreshold = 8000 });
        using BufferLease lease = sim.Datagram.Rent(8000);

        // Nothing is known of them yet. A shorter one closes the train.
        await SendAsync(KernelOperation.Send, [1000, 1000]);
        await SendAsync(KernelOperation.SendZeroCopy, [1000, 1000]);
        // A copied one behind those that were awaited is tried at once.
        await SendAsync(KernelOperation.Send, [999], [999, 999]);
        await SendAsync(KernelOperation.SendZeroCopy, [1500, 1000]);

        // The last of a window may be alone; who always is must be worth it alone.
        await SendAsync(KernelOperation.SendZeroCopy, [1000]);
        await SendAsync(KernelOperation.SendZeroCopy, [1000, 1000]);
        await SendAsync(KernelOperation.SendZeroCopy, [1000]);
        await SendAsync(KernelOperation.SendZeroCopy, [1000]);
        await SendAsync(KernelOperation.Send, [7999]);
        await SendAsync(KernelOperation.SendZeroCopy, [8000]);

        async Task SendAsync(KernelOperation operation, params int[][] departures)
        {
            Task sending = DatagramTrainTests.OnLoop(sim, () =>
                [.. departures.SelectMany(static lengths => lengths).Select(length => sim.Datagram.Core.SendLeaseAsync(lease, ..length, default, default))]);
            foreach (int[] lengths in departures)
            {
                Submitted submitted = await sim.Kernel.NextAsync();
                Assert.Equal(operation, submitted.Operation);
                Assert.Equal(lengths, submitted.Pieces);
                submitted.Complete(lengths.Sum());
            }

            await sending.WaitAsync(MoreRuleTests.Deadline);
        }
    }

    [Fact]
    public async Task Datagrams_that_are_awaited_one_by_one_find_no_others_any_more()
    {
        await using var sim = new SimulatedSockets(
            static kernel => kernel.Cuts = kernel.GathersRegistered = true,
            new ZeroCopyOptions { LoopCount = 1, DatagramZeroCopyThreshold = 8000 });
        using BufferLease lease = sim.Datagram.Rent(1000);
        sim.Kernel.DirectSend = static length => length;
        Task sending = sim.Engine.Loops[0].RunAsync(async () =>
        {
            await Task.WhenAll([sim.Datagram.SendZeroCopyAsync(lease).AsTask(), sim.Datagram.SendZeroCopyAsync(lease).AsTask()]);
            for (int i = 0; i < 20; i++)
            {
                await sim.Datagram.SendZeroCopyAsync(lease);
            }
        });
        int alone = 0;
        while (!sending.IsCompleted || sim.Kernel.HasSubmitted)
        {
            if (!sim.Kernel.HasSubmitted)
            {
                await Task.Delay(1);
                continue;
            }

            Submitted submitted = await sim.Kernel.NextAsync();
            alone += submitted.Operation == KernelOperation.SendZeroCopy ? 1 : 0;
            submitted.Complete(submitted.Length == 2 ? 2000 : 1000);
        }

        await sending.WaitAsync(MoreRuleTests.Deadline);
        Assert.Equal(2, alone);
        sim.Kernel.DirectSend = static _ => -KernelError.EAGAIN;
    }

    [Theory]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    public async Task Where_datagrams_cannot_go_together_without_a_copy_short_ones_are_copied(bool cuts, bool gathersRegistered, bool leased)
    {
        await using var sim = new SimulatedSockets(
            kernel => (kernel.Cuts, kernel.GathersRegistered) = (cuts, gathersRegistered),
            new ZeroCopyOptions { LoopCount = 1, DatagramZeroCopyThreshold = 8000 });
        using BufferLease lease = sim.Datagram.Rent(1000);
        for (int i = 0; i < 2; i++)
        {
            Task sending = DatagramTrainTests.OnLoop(sim, () => [SendOne(), SendOne()]);
            for (int left = 2000; left > 0;)
            {
                Submitted submitted = await sim.Kernel.NextAsync();
                Assert.Equal(KernelOperation.Send, submitted.Operation);
                submitted.Complete(submitted.Length);
                left -= submitted.Length;
            }

            await sending.WaitAsync(MoreRuleTests.Deadline);
        }

        ValueTask<SendReceipt> SendOne() => leased ? sim.Datagram.SendZeroCopyAsync(lease) : sim.Datagram.SendZeroCopyAsync(new byte[1000]);
    }

    [Fact]
    public async Task With_every_buffer_in_flight_behind_it_a_message_is_copied_and_keeps_its_place()
    {
        // Waiting for a slot here would be a deadlock: the slots are in line behind the message.
        await using var sim = new SimulatedSockets();
        var held = new List<BufferLease>();
        while (sim.Engine.GetStatistics().FreeBuffers > 0)
        {
            held.Add(sim.Stream.Rent(1));
        }

        Task<SendReceipt> message = sim.Stream.SendZeroCopyAsync(new Tick { Sequence = 7 }).AsTask();
        Task behind = sim.Stream.SendAndRecycleAsync(held[0]).AsTask();
        Submitted first = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Send, first.Operation);
        byte[] expected = new byte[Tick.WireSize];
        Tick.Encode(new Tick { Sequence = 7 }, expected);
        Assert.Equal(expected, first.Bytes);
        first.Complete(Tick.WireSize);
        await (await message.WaitAsync(MoreRuleTests.Deadline)).Recycled;
        (await sim.Kernel.NextAsync()).Complete(1);
        await behind.WaitAsync(MoreRuleTests.Deadline);
        Assert.Equal(1, sim.Engine.GetStatistics().CopiedNoBuffer);
        held.ForEach(lease => lease.Dispose());
        sim.AssertNothingOwed();
    }

    /// <summary>A zero-copy send whose notification is still to come.</summary>
    private static async Task<Submitted> LendAsync(SimulatedSockets sim)
    {
        Task<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, submitted.Operation);
        submitted.CompleteWithMore(8192);
        await sending.WaitAsync(MoreRuleTests.Deadline);
        return submitted;
    }

    private static async Task<Submitted> SendAsync(SimulatedSockets sim, int length, bool leased)
    {
        Task sending;
        if (leased)
        {
            using BufferLease lease = sim.Datagram.Rent(length);
            sending = sim.Datagram.SendAndRecycleAsync(lease).AsTask();
        }
        else
        {
            sending = sim.Datagram.SendAndRecycleAsync(new byte[length]).AsTask();
        }

        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.Complete(length);
        await sending.WaitAsync(MoreRuleTests.Deadline);
        return submitted;
    }
}
