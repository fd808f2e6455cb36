using ZeroCopySockets.Buffers;
using ZeroCopySockets.Runtime.Tests.Simulation;

namespace ZeroCopySockets.Runtime.Tests.Ownership;

/// <summary>What the compiler could not see is caught at run time, by an exception that names the same rule.</summary>
public sealed class RuleMessageTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task A_write_in_flight_names_ZCS0001()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, lease);
        Names("ZCS0001", Assert.Throws<InvalidOperationException>(() => lease.Edit()));
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
    }

    [Fact]
    public async Task An_engine_disposed_in_flight_names_ZCS0002_to_whoever_waits_for_the_buffer()
    {
        var sim = new SimulatedSockets();
        BufferLease lease = sim.Stream.Rent(100);
        (_, SendReceipt receipt) = await SendOwedAsync(sim, lease);
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        Names("ZCS0002", await Assert.ThrowsAsync<ObjectDisposedException>(async () => await receipt.Recycled));
        lease.Dispose();
    }

    [Fact]
    public void A_receive_lease_after_its_end_names_ZCS0003()
    {
        var states = new SlotStates(1, received: true);
        uint generation = states.Lease(0);
        states.EndLease(0, generation);
        Names("ZCS0003", Assert.Throws<ObjectDisposedException>(() => states.ThrowIfStale(0, generation)));
        Names("ZCS0003", Assert.Throws<ObjectDisposedException>(() => states.EndLease(0, generation)));
    }

    [Fact]
    public async Task A_lease_after_its_end_names_ZCS0004()
    {
        await using var sim = new SimulatedSockets();
        BufferLease lease = sim.Stream.Rent(100);
        lease.Dispose();
        Names("ZCS0004", Assert.Throws<ObjectDisposedException>(() => lease.Edit()));
        Names("ZCS0004", Assert.Throws<ObjectDisposedException>(() => lease.Read()));
        Names("ZCS0004", Assert.Throws<ObjectDisposedException>(() => lease.Dispose()));
        Names("ZCS0004", Assert.Throws<ObjectDisposedException>(() => { _ = sim.Stream.SendZeroCopyAsync(lease); }));
    }

    [Fact]
    public async Task A_send_awaited_twice_names_ZCS0005_though_its_buffer_is_still_in_flight()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        ValueTask<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        await sim.SettleAsync();
        SendReceipt receipt = await sending;
        Names("ZCS0005", await Assert.ThrowsAsync<InvalidOperationException>(async () => await sending));
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
        Names("ZCS0005", await Assert.ThrowsAsync<InvalidOperationException>(async () => await sending));
    }

    [Fact]
    public async Task A_unified_send_awaited_twice_names_ZCS0005()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        ValueTask sending = sim.Stream.SendAndRecycleAsync(lease);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        submitted.Notify();
        await sending;
        Names("ZCS0005", await Assert.ThrowsAsync<InvalidOperationException>(async () => await sending));
    }

    [Fact]
    public async Task A_recycle_awaited_in_two_places_names_ZCS0005()
    {
        await using var sim = new SimulatedSockets();
        using BufferLease lease = sim.Stream.Rent(100);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, lease);
        Task first = receipt.Recycled.AsTask();
        Names("ZCS0005", Assert.Throws<InvalidOperationException>(() => { _ = receipt.Recycled.AsTask(); }));
        submitted.Notify();
        await first.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_receive_awaited_twice_names_ZCS0005()
    {
        await using var sim = new SimulatedSockets();
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(new byte[10]);
        (await sim.Kernel.NextAsync()).Complete(3);
        Assert.Equal(3, await receiving);
        Names("ZCS0005", await Assert.ThrowsAsync<InvalidOperationException>(async () => await receiving));
    }

    [Fact]
    public async Task Buffers_that_have_run_out_name_ZCS0006()
    {
        await using var sim = new SimulatedSockets();
        var held = new List<BufferLease>();
        InvalidOperationException exhausted = Assert.Throws<InvalidOperationException>(RentForEver);
        Assert.Contains("ZCS0006", exhausted.Message, StringComparison.Ordinal);
        held.ForEach(lease => lease.Dispose());

        void RentForEver()
        {
            while (true)
            {
                held.Add(sim.Stream.Rent(64 * 1024));
            }
        }
    }

    private static void Names(string rule, Exception e) => Assert.StartsWith(rule, e.Message, StringComparison.Ordinal);

    private static async Task<(Submitted Submitted, SendReceipt Receipt)> SendOwedAsync(SimulatedSockets sim, BufferLease lease)
    {
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        return (submitted, await sending.WaitAsync(Deadline));
    }
}
