using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>
/// The one rule: an operation ends at its completion without F_MORE, whatever its result. Each test runs on the loop's ring
/// and on the ring beside it.
/// </summary>
public sealed class MoreRuleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_result_with_MORE_is_the_first_completion_and_the_notification_the_second(bool onLoop)
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = Send(sim, lease, onLoop);
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, submitted.Operation);
        Assert.Equal(onLoop, submitted.Ring.IsLoopRing);
        Assert.True(submitted.Registered);

        submitted.CompleteWithMore(100);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        Assert.Equal(100, receipt.BytesSent);
        Assert.False(receipt.IsRecycled);
        Assert.True(lease.IsInFlight);
        InvalidOperationException early = Assert.Throws<InvalidOperationException>(() => lease.Edit());
        Assert.StartsWith("ZCS0001", early.Message, StringComparison.Ordinal);

        Task recycled = receipt.Recycled.AsTask();
        Assert.False(recycled.IsCompleted);
        submitted.Notify();
        await recycled.WaitAsync(Deadline);
        Assert.True(receipt.IsRecycled);
        lease.Edit().Clear();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_result_without_MORE_recycles_at_once(bool onLoop)
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = Send(sim, lease, onLoop);
        (await sim.Kernel.NextAsync()).Complete(100);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
        Assert.False(lease.IsInFlight);
    }

    [Fact]
    public async Task Memory_of_a_send_that_was_cancelled_is_back_when_the_socket_says_so()
    {
        // Such a send has no receipt to await.
        await using var sim = new SimulatedSockets();
        await sim.Stream.WhenRecycledAsync().WaitAsync(Deadline);
        using var cancellation = new CancellationTokenSource();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[8_000], cancellation.Token).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        Assert.Equal(KernelOperation.Cancel, (await sim.Kernel.NextAsync()).Operation);
        submitted.CompleteWithMore(-KernelError.ECANCELED);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Deadline));
        Task[] recycled = [sim.Stream.WhenRecycledAsync(), sim.Stream.WhenRecycledAsync()];
        await sim.SettleAsync();
        Assert.All(recycled, static task => Assert.False(task.IsCompleted));
        submitted.Notify();
        await Task.WhenAll(recycled).WaitAsync(Deadline);
        await sim.Stream.DisposeAsync();
        await sim.Stream.WhenRecycledAsync().WaitAsync(Deadline);
    }

    [Fact]
    public async Task Memory_that_never_comes_back_fails_whoever_waits_for_it()
    {
        var sim = new SimulatedSockets();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[8_000]).AsTask();
        (await sim.Kernel.NextAsync()).CompleteWithMore(8_000);
        await sending.WaitAsync(Deadline);
        Task before = sim.Stream.WhenRecycledAsync();
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => before.WaitAsync(Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => sim.Stream.WhenRecycledAsync().WaitAsync(Deadline));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_with_MORE_still_owes_the_notification(bool onLoop)
    {
        await using var sim = new SimulatedSockets();
        BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = Send(sim, lease, onLoop);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(-KernelError.ECONNRESET);
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Deadline));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.True(lease.IsInFlight);
        lease.Dispose();
        Assert.Equal(1, sim.Engine.GetStatistics().InFlightBuffers);

        submitted.Notify();
        await sim.SettleAsync();
        sim.AssertNothingOwed();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_without_MORE_frees_the_buffer_at_once(bool onLoop)
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = Send(sim, lease, onLoop);
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EPIPE);
        await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Deadline));
        lease.Edit().Clear();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_send_gives_the_buffer_back_only_with_its_notification(bool onLoop)
    {
        // netty#15599: cancel gives ECANCELED + MORE, then NOTIF.
        await using var sim = new SimulatedSockets();
        using var cancellation = new CancellationTokenSource();
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = Send(sim, lease, onLoop, cancellation.Token);
        Submitted submitted = await sim.Kernel.NextAsync();
        await cancellation.CancelAsync();
        Submitted cancel = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Cancel, cancel.Operation);
        Assert.Equal(submitted.UserData, cancel.CancelTarget);
        Assert.Same(submitted.Ring, cancel.Ring);

        submitted.CompleteWithMore(-KernelError.ECANCELED);
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Deadline));
        Assert.Equal(cancellation.Token, e.CancellationToken);
        Assert.True(lease.IsInFlight);
        submitted.Notify();
        await sim.SettleAsync();
        Assert.False(lease.IsInFlight);
    }

    [Fact]
    public async Task The_unified_form_completes_with_the_notification_and_not_before()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task sending = sim.Stream.SendAndRecycleAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        await sim.SettleAsync();
        Assert.False(sending.IsCompleted);
        submitted.Notify();
        await sending.WaitAsync(Deadline);
        lease.Edit().Clear();
    }

    [Fact]
    public async Task The_unified_form_reports_an_error_only_when_the_buffer_is_back()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        Task sending = sim.Stream.SendAndRecycleAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(-KernelError.ECONNRESET);
        await sim.SettleAsync();
        Assert.False(sending.IsCompleted);
        submitted.Notify();
        await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Deadline));
        lease.Edit().Clear();
    }

    [Fact]
    public async Task Notifications_out_of_order_recycle_the_right_buffers()
    {
        // netty#17238: notifications are not FIFO.
        await using var sim = new SimulatedSockets();
        BufferLease[] leases = [sim.Datagram.Rent(100), sim.Datagram.Rent(100), sim.Datagram.Rent(100)];
        var submitted = new Submitted[3];
        var receipts = new SendReceipt[3];
        for (int i = 0; i < 3; i++)
        {
            Task<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(leases[i]).AsTask();
            submitted[i] = await sim.Kernel.NextAsync();
            submitted[i].CompleteWithMore(100);
            receipts[i] = await sending.WaitAsync(Deadline);
        }

        foreach (int i in (int[])[2, 0, 1])
        {
            Assert.False(receipts[i].IsRecycled);
            submitted[i].Notify();
            await receipts[i].Recycled.AsTask().WaitAsync(Deadline);
            leases[i].Edit().Clear();
            leases[i].Dispose();
        }

        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task One_buffer_sent_three_times_returns_with_the_third_notification()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Datagram.Rent(100);
        var submitted = new Submitted[3];
        for (int i = 0; i < 3; i++)
        {
            Task<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
            submitted[i] = await sim.Kernel.NextAsync();
            submitted[i].CompleteWithMore(100);
            await sending.WaitAsync(Deadline);
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Throws<InvalidOperationException>(() => lease.Edit());
            submitted[i].Notify();
            await sim.SettleAsync();
        }

        lease.Edit().Clear();
    }

    [Fact]
    public async Task A_lease_disposed_in_flight_returns_its_slot_with_the_notification()
    {
        await using var sim = new SimulatedSockets();
        BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = Send(sim, lease, onLoop: false);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lease.Edit());
        Assert.Equal(1, sim.Engine.GetStatistics().InFlightBuffers);
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_receipt_of_an_earlier_life_of_the_operation_is_recycled_whatever_the_next_one_does()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Datagram.Rent(100);
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        SendReceipt old = await first.WaitAsync(Deadline);
        ValueTask recycled = old.Recycled;
        submitted.Notify();
        await sim.SettleAsync();

        // The pooled operation is in use again, by a send that is not recycled.
        Task<SendReceipt> second = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted resubmitted = await sim.Kernel.NextAsync();
        resubmitted.CompleteWithMore(100);
        SendReceipt current = await second.WaitAsync(Deadline);
        Assert.True(old.IsRecycled);
        Assert.True(recycled.IsCompletedSuccessfully);
        await recycled;
        Assert.False(current.IsRecycled);
        resubmitted.Notify();
        await current.Recycled.AsTask().WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_recycle_awaited_before_stays_recycled_when_the_operation_is_used_by_a_unified_send()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Datagram.Rent(100);
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        ValueTask recycled = (await first.WaitAsync(Deadline)).Recycled;
        submitted.Notify();
        await sim.SettleAsync();
        Task unified = sim.Datagram.SendAndRecycleAsync(lease).AsTask();
        Submitted next = await sim.Kernel.NextAsync();
        Assert.True(recycled.IsCompletedSuccessfully);
        await recycled;
        Assert.False(unified.IsCompleted);
        next.Complete(100);
        await unified.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_completion_for_a_slot_of_the_table_that_has_moved_on_completes_nobody()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Datagram.Rent(100);
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted old = await sim.Kernel.NextAsync();
        old.Complete(100);
        await first.WaitAsync(Deadline);

        Task<SendReceipt> second = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted current = await sim.Kernel.NextAsync();
        Assert.NotEqual(old.UserData, current.UserData);
        old.Complete(100);
        await sim.SettleAsync();
        Assert.False(second.IsCompleted);
        Assert.Equal(1, sim.Engine.GetStatistics().StaleCompletions);
        current.Complete(100);
        await second.WaitAsync(Deadline);
    }

    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static Task<SendReceipt> Send(SimulatedSockets sim, BufferLease lease, bool onLoop, CancellationToken cancellation = default) => onLoop
        ? sim.Stream.Loop.RunAsync(async () => await sim.Stream.SendZeroCopyAsync(lease, cancellation))
        : sim.Stream.SendZeroCopyAsync(lease, cancellation).AsTask();
}
