using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Ends with the kernel still holding something.</summary>
public sealed class TeardownTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task Closing_a_socket_does_not_wait_for_ever_for_a_notification()
    {
        // netty#17237.
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, lease);
        await sim.Stream.DisposeAsync().AsTask().WaitAsync(Deadline);

        // The lease outlives its connection and comes back when the kernel lets go.
        Assert.True(lease.IsInFlight);
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
        lease.Edit().Clear();
    }

    [Fact]
    public async Task Closing_a_socket_waits_for_a_notification_that_comes_in_time()
    {
        await using var sim = new SimulatedSockets(options: new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always, CloseTimeout = TimeSpan.FromMinutes(1) });
        using BufferLease lease = sim.Stream.Rent(100);
        (Submitted submitted, _) = await SendOwedAsync(sim, lease);
        Task closing = sim.Stream.DisposeAsync().AsTask();
        await sim.SettleAsync();
        Assert.False(closing.IsCompleted);
        submitted.Notify();
        await closing.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_half_close_frees_nothing_the_kernel_holds()
    {
        // netty#17238.
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, lease);
        Assert.Throws<SocketException>(() => sim.Stream.Shutdown(SocketShutdown.Send));
        await sim.SettleAsync();
        Assert.False(receipt.IsRecycled);
        Assert.Throws<InvalidOperationException>(() => lease.Edit());
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
    }

    [Fact]
    public async Task An_engine_torn_down_while_the_kernel_holds_a_buffer_quarantines_it()
    {
        var sim = new SimulatedSockets();
        BufferLease lease = sim.Stream.Rent(100);
        (_, SendReceipt receipt) = await SendOwedAsync(sim, lease);
        Task recycled = receipt.Recycled.AsTask();
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);

        Assert.Equal(1, sim.Engine.GetStatistics().QuarantinedBuffers);
        Assert.False(sim.Kernel.SlabFreed);
        Assert.False(receipt.IsRecycled);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => recycled.WaitAsync(Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await receipt.Recycled);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => lease.Edit());
        Assert.Contains("quarantined", e.Message, StringComparison.Ordinal);
        lease.Dispose();
        Assert.Equal(1, sim.Engine.GetStatistics().QuarantinedBuffers);
    }

    [Fact]
    public async Task An_engine_torn_down_with_everything_back_frees_its_memory()
    {
        var sim = new SimulatedSockets();
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        Assert.True(sim.Kernel.SlabFreed);
        Assert.Throws<ObjectDisposedException>(() => sim.Engine.Rent(1));
    }

    [Fact]
    public async Task An_engine_torn_down_while_a_lease_is_out_keeps_its_memory()
    {
        var sim = new SimulatedSockets();
        BufferLease lease = sim.Stream.Rent(100);
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        Assert.False(sim.Kernel.SlabFreed);
        lease.Edit().Clear();
        lease.Dispose();
    }

    [Fact]
    public async Task Sends_waiting_behind_one_that_never_ends_fail_when_the_socket_is_closed()
    {
        await using var sim = new SimulatedSockets();
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(new byte[1]).AsTask();
        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(new byte[2]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Task closing = sim.Stream.DisposeAsync().AsTask();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => second.WaitAsync(Deadline))).SocketErrorCode);
        submitted.Complete(-KernelError.ECANCELED);
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => first.WaitAsync(Deadline))).SocketErrorCode);
        await closing.WaitAsync(Deadline);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await sim.Stream.SendZeroCopyAsync(new byte[1]));
    }

    [Fact]
    public async Task The_descriptor_is_closed_only_after_the_last_result()
    {
        // ioxide#242: a descriptor number reused while an old operation was in flight.
        await using var sim = new SimulatedSockets();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[1]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Task closing = sim.Stream.DisposeAsync().AsTask();
        await sim.SettleAsync();
        Assert.False(closing.IsCompleted);
        Assert.False(sim.Stream.Core.Handle.Socket.SafeHandle.IsClosed);
        submitted.Complete(-KernelError.ECANCELED);
        await closing.WaitAsync(Deadline);
        Assert.True(sim.Stream.Core.Handle.Socket.SafeHandle.IsClosed);
        await Assert.ThrowsAsync<SocketException>(() => sending);
    }

    [Fact]
    public async Task Aborting_a_socket_that_is_being_closed_resets_it_at_once()
    {
        await using var sim = new SimulatedSockets(options: new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always, CloseTimeout = TimeSpan.FromMinutes(1) });
        using BufferLease lease = sim.Stream.Rent(100);
        (Submitted submitted, _) = await SendOwedAsync(sim, lease);
        Task closing = sim.Stream.DisposeAsync().AsTask();
        await sim.SettleAsync();
        Assert.False(sim.Kernel.ResetsOnClose);
        Task aborting = sim.Stream.AbortAsync();
        await Eventually.TrueAsync(() => sim.Stream.Core.Handle.Socket.SafeHandle.IsClosed, () => "The socket stays open.");
        Assert.True(sim.Kernel.ResetsOnClose);

        // A reset makes the kernel let go, which is waited for as ever.
        Assert.False(aborting.IsCompleted);
        submitted.Notify();
        await aborting.WaitAsync(Deadline);
        await closing.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Aborting_a_socket_that_has_been_closed_changes_nothing()
    {
        await using var sim = new SimulatedSockets();
        await sim.Stream.DisposeAsync().AsTask().WaitAsync(Deadline);
        await sim.Stream.AbortAsync().WaitAsync(Deadline);
        Assert.False(sim.Kernel.ResetsOnClose);
    }

    [Fact]
    public async Task A_socket_that_is_opened_while_the_engine_ends_is_closed_too()
    {
        // As by an accept that has its connection in hand when everything open is closed.
        var sim = new SimulatedSockets();
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        ZeroCopySocket late = sim.NewStream();
        await Eventually.TrueAsync(() => late.Core.Handle.Socket.SafeHandle.IsClosed, () => "The socket stays open.");
        Assert.Equal(0, sim.Engine.OpenSockets);
    }

    private static async Task<(Submitted Submitted, SendReceipt Receipt)> SendOwedAsync(SimulatedSockets sim, BufferLease lease)
    {
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(lease.Length);
        return (submitted, await sending.WaitAsync(Deadline));
    }
}
