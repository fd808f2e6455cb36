using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;
using static ZeroCopySockets.Runtime.Tests.Simulation.DatagramTrainTests;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Datagrams in registered memory go to the kernel together without a copy; each ends, and gets its memory back, for itself.</summary>
public sealed class ZeroCopyDatagramTrainTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task The_result_ends_each_send_and_the_notification_gives_each_its_memory_back()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 3, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        Assert.Equal(KernelOperation.SendZeroCopy, train.Operation);
        Assert.True(train.Registered);
        Assert.Equal([10, 10, 10], train.Pieces);
        Assert.Equal(10, train.SegmentSize);
        Assert.Equal([.. Enumerable.Repeat((byte)0, 10), .. Enumerable.Repeat((byte)1, 10), .. Enumerable.Repeat((byte)2, 10)], train.Bytes);
        Assert.Equal((3, 30), (sim.Engine.GetStatistics().OwedNotifications, sim.Engine.GetStatistics().OwedBytes));

        train.CompleteWithMore(30);
        SendReceipt[] receipts = await Task.WhenAll(sends).WaitAsync(Deadline);
        await sim.SettleAsync();
        Assert.Equal([10, 10, 10], receipts.Select(static receipt => receipt.BytesSent));
        Assert.All(receipts, static receipt => Assert.False(receipt.IsRecycled));
        Assert.All(leases, static lease => Assert.Throws<InvalidOperationException>(() => lease.Edit()));

        train.Notify();
        foreach (SendReceipt receipt in receipts)
        {
            await receipt.Recycled.AsTask().WaitAsync(Deadline);
        }

        Assert.Equal((3, 0), (sim.Engine.GetStatistics().ZeroCopied, sim.Engine.GetStatistics().OwedBytes));
        End(sim, leases);
    }

    [Fact]
    public async Task A_train_goes_again_with_others_on_board()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 4, 10);
        for (int i = 0; i < 3; i++)
        {
            (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases[..(2 + i)]);
            train.CompleteWithMore(10 * sends.Length);
            train.Notify();
            foreach (Task<SendReceipt> send in sends)
            {
                await (await send.WaitAsync(Deadline)).Recycled.AsTask().WaitAsync(Deadline);
            }
        }

        End(sim, leases);
    }

    [Fact]
    public async Task A_result_without_a_notification_gives_the_memory_back()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.Complete(20);
        Assert.All(await Task.WhenAll(sends).WaitAsync(Deadline), static receipt => Assert.True(receipt.IsRecycled));
        End(sim, leases);
    }

    [Fact]
    public async Task One_alone_goes_as_it_would_by_itself()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 1, 10);
        (Task<SendReceipt>[] sends, Submitted send) = await DepartAsync(sim, leases);
        Assert.Equal((KernelOperation.SendZeroCopy, 0, 10), (send.Operation, send.SegmentSize, send.Length));
        send.Complete(10);
        await sends[0].WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task Memory_that_is_not_registered_travels_alone()
    {
        await using var sim = Cutting();
        Task sending = OnLoop(sim, () => [sim.Datagram.SendZeroCopyAsync(new byte[10]), sim.Datagram.SendZeroCopyAsync(new byte[10])]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await sending.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Those_too_long_to_find_company_do_not_wait_for_it()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, (DatagramTrains.MaxBytes / 2) + 1);
        var wasThere = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task sending = OnLoop(sim, () =>
        {
            ValueTask<SendReceipt> one = sim.Datagram.SendZeroCopyAsync(leases[0]);
            wasThere.SetResult(sim.Kernel.HasSubmitted);
            return [one, sim.Datagram.SendZeroCopyAsync(leases[1])];
        });
        Assert.True(await wasThere.Task.WaitAsync(Deadline));
        await CompleteNextAsync(sim, cutInto: 0, [leases[0].Length]);
        await CompleteNextAsync(sim, cutInto: 0, [leases[1].Length]);
        await sending.WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task Copied_ones_and_others_keep_the_order_of_their_calls()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 6, 10);
        Task sending = OnLoop(sim, () => [.. leases.Select((lease, i) =>
        {
            sim.Datagram.Policy = i is 2 or 3 ? ZeroCopyPolicy.Never : ZeroCopyPolicy.Always;
            return sim.Datagram.SendZeroCopyAsync(lease);
        })]);
        for (byte i = 0; i < 6; i += 2)
        {
            Submitted train = await sim.Kernel.NextAsync();
            Assert.Equal(i == 2 ? KernelOperation.Send : KernelOperation.SendZeroCopy, train.Operation);
            Assert.Equal([.. Enumerable.Repeat(i, 10), .. Enumerable.Repeat((byte)(i + 1), 10)], train.Bytes);
            train.Complete(20);
        }

        await sending.WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task To_an_address_the_train_goes_there()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 3, 10);
        PeerAddress a = new IPEndPoint(IPAddress.Loopback, 1);
        PeerAddress b = new IPEndPoint(IPAddress.Loopback, 2);
        Task sending = OnLoop(sim, () => [sim.Datagram.SendZeroCopyAsync(leases[0], a), sim.Datagram.SendZeroCopyAsync(leases[1], a), sim.Datagram.SendZeroCopyAsync(leases[2], b)]);
        await CompleteNextAsync(sim, cutInto: 10, [10, 10]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await sending.WaitAsync(Deadline);
        End(sim, leases);
    }

    [Theory]
    [InlineData(false, 17)]
    [InlineData(true, 8)]
    public async Task A_train_has_no_more_pages_than_a_packet_has_room_for(bool acrossPages, int onBoard)
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 1, 10_000);
        int offset = OffsetOfPage(leases[0]) - (acrossPages ? 5 : 0);
        Task sending = OnLoop(sim, () => [.. Enumerable.Repeat(0, 20).Select(_ => sim.Datagram.Core.SendLeaseAsync(leases[0], offset..(offset + 10), default, default))]);
        for (int left = 20; left > 0; left -= onBoard)
        {
            int count = Math.Min(left, onBoard);
            await CompleteNextAsync(sim, cutInto: 10, [.. Enumerable.Repeat(10, count)]);
        }

        await sending.WaitAsync(Deadline);
        End(sim, leases);
    }

    [Theory]
    [InlineData(KernelError.EINVAL, true)]
    [InlineData(KernelError.EMSGSIZE, true)]
    [InlineData(KernelError.EIO, false)]
    [InlineData(KernelError.EOPNOTSUPP, false)]
    public async Task Where_the_kernel_cannot_cut_each_goes_by_itself_without_a_copy_from_then_on(int errno, bool shorterMay)
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, 100);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.CompleteWithMore(-errno);
        Submitted[] alone = [await sim.Kernel.NextAsync(), await sim.Kernel.NextAsync()];
        Assert.All(alone, static send => Assert.Equal((KernelOperation.SendZeroCopy, 0, 100), (send.Operation, send.SegmentSize, send.Length)));
        foreach (Submitted send in alone)
        {
            send.CompleteWithMore(100);
            send.Notify();
        }

        // The kernel may still hold the pages for the one it refused.
        SendReceipt[] receipts = await Task.WhenAll(sends).WaitAsync(Deadline);
        await sim.SettleAsync();
        Assert.All(receipts, static receipt => Assert.False(receipt.IsRecycled));
        train.Notify(copied: true);
        await Task.WhenAll(receipts.Select(static receipt => receipt.Recycled.AsTask())).WaitAsync(Deadline);
        // And that it flags as copied what it did not send is not counted.
        Assert.Equal((2, 0), (sim.Engine.GetStatistics().ZeroCopied, sim.Engine.GetStatistics().KernelCopied));

        Task sending = OnLoop(sim, () => [.. leases.Select(lease => sim.Datagram.SendZeroCopyAsync(lease))]);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await sending.WaitAsync(Deadline);

        sending = OnLoop(sim, () => [.. leases.Select(lease => sim.Datagram.Core.SendLeaseAsync(lease, ..50, default, default))]);
        await CompleteNextAsync(sim, cutInto: shorterMay ? 50 : 0, shorterMay ? [50, 50] : [50]);
        if (!shorterMay)
        {
            await CompleteNextAsync(sim, cutInto: 0, [50]);
        }

        await sending.WaitAsync(Deadline);

        // Copied ones are another matter. The first of them, behind some that were awaited, is tried at once.
        sim.Datagram.Policy = ZeroCopyPolicy.Never;
        sending = OnLoop(sim, () => [.. new[] { 0, 0, 1 }.Select(i => sim.Datagram.SendZeroCopyAsync(leases[i]))]);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await CompleteNextAsync(sim, cutInto: 100, [100, 100]);
        await sending.WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task Where_there_is_no_memory_for_it_each_is_copied()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.CompleteWithMore(-KernelError.ENOBUFS);
        train.Notify(copied: true);
        for (int i = 0; i < 2; i++)
        {
            Submitted copy = await sim.Kernel.NextAsync();
            Assert.Equal((KernelOperation.Send, 10), (copy.Operation, copy.Length));
            copy.Complete(10);
        }

        await Task.WhenAll(sends).WaitAsync(Deadline);
        Assert.Equal((2, 0), (sim.Engine.GetStatistics().CopiedNoMemory, sim.Engine.GetStatistics().KernelCopied));
        End(sim, leases);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_is_the_first_ones_and_the_others_go_on(bool notified)
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 3, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.Complete(-KernelError.ECONNREFUSED, notified ? Completion.More : 0);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await Assert.ThrowsAsync<SocketException>(() => sends[0].WaitAsync(Deadline));
        await Task.WhenAll(sends[1..]).WaitAsync(Deadline);
        if (notified)
        {
            // A failed send's memory is the kernel's until then as well.
            Assert.Throws<InvalidOperationException>(() => leases[0].Edit());
            train.Notify(copied: true);
            await sim.Datagram.WhenRecycledAsync().WaitAsync(Deadline);
        }

        leases[0].Edit().Clear();
        End(sim, leases);
    }

    [Fact]
    public async Task Those_a_short_result_left_nothing_for_go_on()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 3, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.CompleteWithMore(15);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        SendReceipt[] receipts = await Task.WhenAll(sends).WaitAsync(Deadline);
        Assert.Equal([10, 5, 10], receipts.Select(static receipt => receipt.BytesSent));
        Assert.All(receipts, static receipt => Assert.False(receipt.IsRecycled));
        train.Notify();
        await sim.Datagram.WhenRecycledAsync().WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task One_cancelled_before_it_leaves_does_not_and_one_cancelled_later_lets_the_others_go_on()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 4, 10);
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        Task<SendReceipt>[] sends = [];
        CancellationToken[] tokens = [default, early.Token, late.Token, default];
        Task sending = OnLoop(
            sim,
            () =>
            {
                ValueTask<SendReceipt>[] started = [.. tokens.Select((token, i) => sim.Datagram.SendZeroCopyAsync(leases[i], cancellationToken: token))];
                early.Cancel();
                return started;
            },
            started => sends = started);
        Submitted train = await sim.Kernel.NextAsync();
        Assert.Equal([10, 10, 10], train.Pieces);
        leases[1].Edit().Clear();
        late.Cancel();
        Submitted cancel = await sim.Kernel.NextAsync();
        Assert.Equal(train.UserData, cancel.CancelTarget);
        train.Complete(-KernelError.ECANCELED);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Deadline));
        Assert.Equal([false, true, true, false], sends.Select(static send => send.IsCanceled));
        End(sim, leases);
    }

    [Fact]
    public async Task A_cancellation_behind_the_result_asks_nobody()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, 10);
        using var cancellation = new CancellationTokenSource();
        Task sending = OnLoop(sim, () => [.. leases.Select(lease => sim.Datagram.SendZeroCopyAsync(lease, cancellationToken: cancellation.Token))]);
        Submitted train = await sim.Kernel.NextAsync();
        train.CompleteWithMore(20);
        await sending.WaitAsync(Deadline);
        cancellation.Cancel();
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        train.Notify();
        await sim.Datagram.WhenRecycledAsync().WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task Closing_the_socket_waits_for_the_notification_and_aborting_it_does_not()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.CompleteWithMore(20);
        SendReceipt[] receipts = await Task.WhenAll(sends).WaitAsync(Deadline);
        Task closing = sim.Datagram.DisposeAsync().AsTask();
        await sim.SettleAsync();
        Assert.False(closing.IsCompleted);
        await closing.WaitAsync(Deadline);
        Assert.All(receipts, static receipt => Assert.False(receipt.IsRecycled));
        train.Notify();
        await Task.WhenAll(receipts.Select(static receipt => receipt.Recycled.AsTask())).WaitAsync(Deadline);
        End(sim, leases);
    }

    [Fact]
    public async Task An_engine_that_ends_before_the_notification_keeps_all_of_their_memory()
    {
        var sim = Cutting();
        BufferLease[] leases = Leases(sim, 2, 10);
        (Task<SendReceipt>[] sends, Submitted train) = await DepartAsync(sim, leases);
        train.CompleteWithMore(20);
        SendReceipt[] receipts = await Task.WhenAll(sends).WaitAsync(Deadline);
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        foreach (SendReceipt receipt in receipts)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => receipt.Recycled.AsTask().WaitAsync(Deadline));
        }

        Assert.Equal(2, sim.Engine.GetStatistics().QuarantinedBuffers);
        Assert.False(sim.Kernel.SlabFreed);
    }

    [Fact]
    public async Task Code_that_a_result_runs_at_once_may_have_the_notification_handed_out_before_all_have_the_result()
    {
        await using var sim = Cutting();
        BufferLease[] leases = Leases(sim, 3, 10);
        await using var other = new ZeroCopyDatagramSocket(
            new SocketCore(sim.Engine, sim.Engine.Loops[0], new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)));
        // It awaits each send before the next, so that its next goes to the kernel, and comes back from there, at once.
        Task first = sim.Engine.Loops[0].RunAsync(async () => await other.SendZeroCopyAsync(new byte[1]));
        (await sim.Kernel.NextAsync()).Complete(1);
        await first.WaitAsync(Deadline);

        ValueTask<SendReceipt>[] sends = [];
        await sim.Engine.Loops[0].RunAsync(() =>
        {
            sends = [.. leases.Select(lease => sim.Datagram.SendZeroCopyAsync(lease))];
            return Task.CompletedTask;
        });
        Submitted train = await sim.Kernel.NextAsync();
        Task<SendReceipt>? nested = null;
        bool[] recycled = new bool[3];
        Task[] chained = [.. Enumerable.Range(0, 3).Select(i => InlineContext.Start(() => ChainAsync(i)))];
        train.CompleteWithMore(30);
        await Task.WhenAll(chained).WaitAsync(Deadline);
        (await sim.Kernel.NextAsync()).Complete(1);
        await nested!.WaitAsync(Deadline);
        Assert.Equal([true, true, true], recycled);
        Assert.Equal(3, sim.Engine.GetStatistics().ZeroCopied);

        // The train it was is as good as new.
        (Task<SendReceipt>[] again, train) = await DepartAsync(sim, leases);
        train.Complete(30);
        await Task.WhenAll(again).WaitAsync(Deadline);
        End(sim, leases);

        async Task ChainAsync(int i)
        {
            SendReceipt receipt = await sends[i];
            if (i == 0)
            {
                train.Notify();
                nested = other.SendZeroCopyAsync(new byte[1]).AsTask();
            }

            await receipt.Recycled;
            recycled[i] = true;
        }
    }

    private static SimulatedSockets Cutting() => new(
        static kernel => kernel.Cuts = kernel.GathersRegistered = true,
        new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always, CloseTimeout = TimeSpan.FromMilliseconds(50) });

    /// <summary>Buffers filled with their number.</summary>
    private static BufferLease[] Leases(SimulatedSockets sim, int count, int length) => [.. Enumerable.Range(0, count).Select(i =>
    {
        BufferLease lease = sim.Datagram.Rent(length);
        lease.Edit().Fill((byte)i);
        return lease;
    })];

    /// <summary>Sends each on the loop, in one go.</summary>
    private static async Task<(Task<SendReceipt>[] Sends, Submitted Train)> DepartAsync(SimulatedSockets sim, BufferLease[] leases)
    {
        Task<SendReceipt>[] sends = [];
        _ = OnLoop(sim, () => [.. leases.Select(lease => sim.Datagram.SendZeroCopyAsync(lease))], started => sends = started);
        Submitted train = await sim.Kernel.NextAsync();
        return (sends, train);
    }

    /// <summary>Where in the buffer a page begins that has one before it there.</summary>
    private static unsafe int OffsetOfPage(in BufferLease lease)
    {
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(lease.Edit()));
        return Environment.SystemPageSize - (int)(address % (nuint)Environment.SystemPageSize);
    }

    private static void End(SimulatedSockets sim, BufferLease[] leases)
    {
        Array.ForEach(leases, static lease => lease.Dispose());
        sim.AssertNothingOwed();
    }
}
