using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>The order of one stream's sends, and what becomes of sends the kernel does not carry out in one go.</summary>
public sealed class StreamOrderTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task The_second_send_waits_for_the_result_of_the_first_but_not_for_its_notification()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease a = sim.Stream.Rent(100);
        using BufferLease b = sim.Stream.Rent(50);
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(a).AsTask();
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(b).AsTask();
        Submitted submittedFirst = await sim.Kernel.NextAsync();
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);

        submittedFirst.CompleteWithMore(100);
        Submitted submittedSecond = await sim.Kernel.NextAsync();
        Assert.Equal(50, submittedSecond.Length);
        Assert.False((await first.WaitAsync(Deadline)).IsRecycled);
        submittedSecond.Complete(50);
        await (await second.WaitAsync(Deadline)).Recycled;
        submittedFirst.Notify();
        await sim.SettleAsync();
    }

    [Fact]
    public async Task A_short_send_goes_on_where_it_stopped_before_the_next_send_goes()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease a = sim.Stream.Rent(100);
        for (int i = 0; i < 100; i++)
        {
            a.Edit()[i] = (byte)i;
        }

        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(a).AsTask();
        Task second = sim.Stream.SendAndRecycleAsync(new byte[] { 200 }).AsTask();
        Submitted part = await sim.Kernel.NextAsync();
        part.CompleteWithMore(30);
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal(70, rest.Length);
        Assert.Equal(30, rest.Bytes[0]);
        rest.CompleteWithMore(70);
        SendReceipt receipt = await first.WaitAsync(Deadline);
        Assert.Equal(100, receipt.BytesSent);

        Submitted next = await sim.Kernel.NextAsync();
        Assert.Equal(200, next.Bytes[0]);
        next.Complete(1);
        await second.WaitAsync(Deadline);

        // Both halves owe a notification; either alone is not enough.
        rest.Notify();
        await sim.SettleAsync();
        Assert.False(receipt.IsRecycled);
        part.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
    }

    [Fact]
    public async Task After_a_message_cut_in_half_every_later_send_fails()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease a = sim.Stream.Rent(100);
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(a).AsTask();
        Task<SendReceipt> waiting = sim.Stream.SendZeroCopyAsync(new byte[8]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(30);
        (await sim.Kernel.NextAsync()).Complete(-KernelError.ETIMEDOUT);
        Assert.Equal(SocketError.TimedOut, (await Assert.ThrowsAsync<SocketException>(() => first.WaitAsync(Deadline))).SocketErrorCode);
        Assert.Equal(SocketError.ConnectionAborted, (await Assert.ThrowsAsync<SocketException>(() => waiting.WaitAsync(Deadline))).SocketErrorCode);
        SocketException late = await Assert.ThrowsAsync<SocketException>(() => sim.Stream.SendZeroCopyAsync(new byte[8]).AsTask());
        Assert.Equal(SocketError.ConnectionAborted, late.SocketErrorCode);
    }

    [Theory]
    [InlineData(KernelError.ENOMEM)]
    [InlineData(KernelError.EOPNOTSUPP)]
    public async Task A_refused_zero_copy_send_is_copied_instead(int errno)
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        (await sim.Kernel.NextAsync()).Complete(-errno);
        Submitted copy = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Send, copy.Operation);
        copy.Complete(100);
        await (await sending.WaitAsync(Deadline)).Recycled;
        ZeroCopyStatistics statistics = sim.Engine.GetStatistics();
        Assert.Equal(1, errno == KernelError.ENOMEM ? statistics.CopiedNoMemory : statistics.CopiedNotSupported);
    }

    [Fact]
    public async Task A_refusal_with_MORE_keeps_the_buffer_until_the_notification_although_the_copy_is_done()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        Submitted refused = await sim.Kernel.NextAsync();
        refused.CompleteWithMore(-KernelError.ENOMEM);
        (await sim.Kernel.NextAsync()).Complete(100);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        Assert.False(receipt.IsRecycled);
        refused.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_send_whose_submitting_thread_exited_is_submitted_again_from_the_loop()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        Submitted orphaned = await sim.Kernel.NextAsync();
        Assert.False(orphaned.Ring.IsLoopRing);
        orphaned.Complete(-KernelError.ECANCELED);
        Submitted again = await sim.Kernel.NextAsync();
        Assert.True(again.Ring.IsLoopRing);
        Assert.Equal(100, again.Length);
        again.Complete(100);
        await sending.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_waiting_send_that_is_cancelled_leaves_the_line_without_reaching_the_kernel()
    {
        await using var sim = new SimulatedSockets();
        using var cancellation = new CancellationTokenSource();
        using BufferLease b = sim.Stream.Rent(100);
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(new byte[1]).AsTask();
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(b, cancellation.Token).AsTask();
        Task<SendReceipt> third = sim.Stream.SendZeroCopyAsync(new byte[3]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Deadline));
        b.Edit().Clear();
        submitted.Complete(1);
        await first.WaitAsync(Deadline);
        Submitted next = await sim.Kernel.NextAsync();
        Assert.Equal(3, next.Length);
        next.Complete(3);
        await third.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_full_submission_queue_is_flushed_and_loses_nothing()
    {
        await using var sim = new SimulatedSockets(kernel => kernel.FullPushes = 3);
        Task<SendReceipt> onLoop = sim.Datagram.Loop.RunAsync(async () => await sim.Datagram.SendZeroCopyAsync(new byte[10]));
        (await sim.Kernel.NextAsync()).Complete(10);
        await onLoop.WaitAsync(Deadline);
        Task<SendReceipt> beside = sim.Datagram.SendZeroCopyAsync(new byte[10]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(10);
        await beside.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_small_copied_send_from_an_ordinary_thread_needs_no_ring()
    {
        await using var sim = new SimulatedSockets(kernel => kernel.DirectSend = length => length);
        sim.Stream.Policy = ZeroCopyPolicy.Never;
        ValueTask<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new Tick { Sequence = 1 });
        Assert.True(sending.IsCompletedSuccessfully);
        await (await sending).Recycled;
        Assert.False(sim.Kernel.HasSubmitted);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task What_a_direct_send_could_not_take_goes_on_from_the_loop()
    {
        await using var sim = new SimulatedSockets(kernel => kernel.DirectSend = _ => 5);
        sim.Stream.Policy = ZeroCopyPolicy.Never;
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[] { 0, 1, 2, 3, 4, 5, 6, 7 }).AsTask();
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.True(rest.Ring.IsLoopRing);
        Assert.Equal(KernelOperation.Send, rest.Operation);
        Assert.Equal([5, 6, 7], rest.Bytes);
        rest.Complete(3);
        Assert.Equal(8, (await sending.WaitAsync(Deadline)).BytesSent);
    }
}
