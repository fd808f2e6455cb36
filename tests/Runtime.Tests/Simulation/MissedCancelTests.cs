using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>
/// A cancellation that the kernel answers with "already running" or "not found" has done nothing. Each would hang a
/// cancelled operation, or a close, if it were not made again.
/// </summary>
public sealed class MissedCancelTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Theory]
    [InlineData(KernelError.EALREADY)]
    [InlineData(KernelError.ENOENT)]
    public async Task A_cancellation_that_missed_its_send_is_made_again(int errno)
    {
        await using var sim = new SimulatedSockets();
        using var cancellation = new CancellationTokenSource();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[8], cancellation.Token).AsTask();
        Submitted send = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        Submitted missed = await sim.Kernel.NextAsync();
        missed.Complete(-errno);
        Submitted again = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Cancel, again.Operation);
        Assert.Equal(send.UserData, again.CancelTarget);
        again.Complete(0);
        send.Complete(-KernelError.ECANCELED);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Deadline));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_cancellation_that_came_too_late_is_not_made_again()
    {
        await using var sim = new SimulatedSockets();
        using var cancellation = new CancellationTokenSource();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[8], cancellation.Token).AsTask();
        Submitted send = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        Submitted late = await sim.Kernel.NextAsync();
        send.Complete(8);
        late.Complete(-KernelError.ENOENT);
        Assert.Equal(8, (await sending.WaitAsync(Deadline)).BytesSent);
        await Task.Delay(50);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_send_of_which_only_the_notification_is_owed_is_not_cancelled_again()
    {
        // It was, every ten milliseconds, until the peer acknowledged.
        await using var sim = new SimulatedSockets();
        using var cancellation = new CancellationTokenSource();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[8], cancellation.Token).AsTask();
        Submitted send = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        Submitted late = await sim.Kernel.NextAsync();
        send.CompleteWithMore(8);
        late.Complete(-KernelError.ENOENT);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        await Task.Delay(50);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        send.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Closing_cancels_again_what_a_first_cancellation_missed()
    {
        await using var sim = new SimulatedSockets();
        Task<int> receiving = sim.Stream.ReceiveAsync(new byte[8]).AsTask();
        Submitted receive = await sim.Kernel.NextAsync();
        Task closing = sim.Stream.DisposeAsync().AsTask();
        (await sim.Kernel.NextCancelSocketAsync()).Complete(-KernelError.EALREADY);
        await sim.Kernel.NextCancelSocketAsync();
        receive.Complete(-KernelError.ECANCELED);
        await Assert.ThrowsAsync<SocketException>(() => receiving.WaitAsync(Deadline));
        await closing.WaitAsync(Deadline);
    }
}
