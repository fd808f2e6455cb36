using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Runtime.Tests.Simulation;

// What these tests do on purpose the compiler rightly refuses: they are about what catches it where it was silenced.
#pragma warning disable ZCS0005

namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>
/// A ValueTask awaited twice whose second await nothing else would notice, since its result was there at once or it stands for a recycle.
/// Would catch one that guard mode lets pass, and one that it takes away from code that is right.
/// </summary>
public sealed class GuardAwaitTests
{
    private static readonly ZeroCopyOptions s_copying = GuardTests.Checking with { Policy = ZeroCopyPolicy.Never };

    [Fact]
    public async Task A_recycle_that_was_waited_for_is_not_awaited_again()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        ValueTask recycled = (await sending).Recycled;
        Task waiting = AwaitAsync(recycled);
        Assert.False(waiting.IsCompleted);
        submitted.Notify();
        await waiting.WaitAsync(MoreRuleTests.Deadline);
        await NamesAsync(() => AwaitAsync(recycled));
    }

    [Fact]
    public async Task A_recycle_that_was_there_at_once_is_not_awaited_again_but_each_look_gives_another()
    {
        await using var sim = new SimulatedSockets(kernel => kernel.DirectSend = length => length, s_copying);
        SendReceipt receipt = await sim.Stream.SendZeroCopyAsync(new byte[100]);
        Assert.True(receipt.IsRecycled);
        ValueTask recycled = receipt.Recycled;
        await recycled;
        await NamesAsync(() => AwaitAsync(recycled));
        await receipt.Recycled;
        await receipt.Recycled;
    }

    [Fact]
    public async Task A_recycle_of_a_send_whose_object_has_moved_on_is_not_awaited_again()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        using BufferLease lease = sim.Stream.Rent(100);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        SendReceipt receipt = await sending;
        submitted.Notify();
        await receipt.Recycled;
        ValueTask recycled = receipt.Recycled;
        await recycled;
        await NamesAsync(() => AwaitAsync(recycled));
    }

    [Fact]
    public async Task A_send_that_ended_at_once_is_not_awaited_again()
    {
        await using var sim = new SimulatedSockets(kernel => kernel.DirectSend = length => length, s_copying);
        ValueTask<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[100]);
        Assert.True(sending.IsCompletedSuccessfully);
        Assert.Equal(100, (await sending).BytesSent);
        await NamesAsync(() => sending.AsTask());
        ValueTask unified = sim.Stream.SendAndRecycleAsync(new byte[100]);
        Assert.True(unified.IsCompletedSuccessfully);
        await unified;
        await NamesAsync(() => AwaitAsync(unified));
    }

    [Fact]
    public async Task A_receive_that_ended_at_once_is_not_awaited_again()
    {
        await using var sim = new SimulatedSockets(kernel => kernel.DirectReceive = () => [1, 2, 3], GuardTests.Checking);
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(new byte[10]);
        Assert.Equal(3, await receiving);
        await NamesAsync(() => receiving.AsTask());
    }

    [Fact]
    public async Task A_leased_receive_that_ended_at_once_is_not_awaited_again()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        Task<ReceiveLease> first = sim.Stream.ReceiveLeasedAsync().AsTask();
        Submitted standing = await sim.Kernel.NextAsync();
        standing.Receive([1]);
        standing.Receive([2]);
        (await first.WaitAsync(MoreRuleTests.Deadline)).Dispose();
        await sim.SettleAsync();
        ValueTask<ReceiveLease> second = sim.Stream.ReceiveLeasedAsync();
        (await second).Dispose();
        await NamesAsync(() => second.AsTask());
    }

    [Fact]
    public async Task A_rent_is_not_awaited_again_whether_it_had_to_wait_or_not()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        ValueTask<BufferLease> renting = sim.Stream.RentAsync(64 * 1024);
        BufferLease one = await renting;
        await NamesAsync(() => renting.AsTask());
        BufferLease other = sim.Stream.Rent(64 * 1024);
        ValueTask<BufferLease> waiting = sim.Stream.RentAsync(64 * 1024);
        Assert.False(waiting.IsCompleted);
        Task<BufferLease> third = TakeAsync(waiting);
        one.Dispose();
        one = await third.WaitAsync(MoreRuleTests.Deadline);
        await NamesAsync(() => waiting.AsTask());
        one.Dispose();
        other.Dispose();

        static async Task<BufferLease> TakeAsync(ValueTask<BufferLease> rent) => await rent;
    }

    [Fact]
    public async Task A_fan_out_is_not_awaited_again_and_nor_is_its_recycle()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        using BufferLease lease = sim.Stream.Rent(100);
        ValueTask<SendReceipt> sending = sim.Engine.SendToAllAsync([sim.Stream], lease);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(100);
        submitted.Notify();
        SendReceipt receipt = await sending;
        await NamesAsync(() => sending.AsTask());
        ValueTask recycled = receipt.Recycled;
        await recycled;
        await NamesAsync(() => AwaitAsync(recycled));
    }

    private static async Task AwaitAsync(ValueTask task) => await task;

    private static async Task NamesAsync(Func<Task> again)
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(again);
        Assert.StartsWith("ZCS0005", failure.Message, StringComparison.Ordinal);
    }
}
