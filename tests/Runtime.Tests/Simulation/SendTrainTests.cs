using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Copied sends that wait behind each other on one stream go on together, and still end each for itself.</summary>
public sealed class SendTrainTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task Sends_that_wait_in_line_go_on_in_one_submission_in_the_order_of_their_calls()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [.. Enumerable.Range(1, 5).Select(i => Send(sim, i * 10, (byte)i))];
        first.Complete(1);
        Submitted train = await sim.Kernel.NextAsync();
        Assert.Equal([10, 20, 30, 40, 50], train.Pieces);
        Assert.Equal(Enumerable.Range(1, 5).SelectMany(i => Enumerable.Repeat((byte)i, i * 10)), train.Bytes);
        train.Complete(150);
        SendReceipt[] receipts = await Task.WhenAll(waiting).WaitAsync(Deadline);
        Assert.Equal([10, 20, 30, 40, 50], receipts.Select(receipt => receipt.BytesSent));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_short_train_ends_those_that_went_whole_and_goes_on_where_it_stopped()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [Send(sim, 10, 1), Send(sim, 20, 2), Send(sim, 30, 3)];
        first.Complete(1);
        (await sim.Kernel.NextAsync()).Complete(17);
        await waiting[0].WaitAsync(Deadline);
        Assert.False(waiting[1].IsCompleted);
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal([13, 30], rest.Pieces);
        rest.Complete(43);
        Assert.Equal(20, (await waiting[1].WaitAsync(Deadline)).BytesSent);
        Assert.Equal(30, (await waiting[2].WaitAsync(Deadline)).BytesSent);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task An_error_is_the_first_ones_and_each_of_the_others_gets_its_own()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [Send(sim, 10, 1), Send(sim, 20, 2)];
        first.Complete(1);
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EPIPE);
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => waiting[0].WaitAsync(Deadline))).SocketErrorCode);
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal([20], rest.Pieces);
        rest.Complete(-KernelError.ETIMEDOUT);
        Assert.Equal(SocketError.TimedOut, (await Assert.ThrowsAsync<SocketException>(() => waiting[1].WaitAsync(Deadline))).SocketErrorCode);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Half_a_message_ends_everything_behind_it()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [Send(sim, 10, 1), Send(sim, 20, 2), Send(sim, 30, 3)];
        first.Complete(1);
        (await sim.Kernel.NextAsync()).Complete(15);
        (await sim.Kernel.NextAsync()).Complete(-KernelError.ECONNRESET);
        await waiting[0].WaitAsync(Deadline);
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => waiting[1].WaitAsync(Deadline))).SocketErrorCode);
        Assert.Equal(SocketError.ConnectionAborted, (await Assert.ThrowsAsync<SocketException>(() => waiting[2].WaitAsync(Deadline))).SocketErrorCode);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_cancelled_send_leaves_the_train_and_the_others_go_on()
    {
        await using var sim = Copying();
        using var cancellation = new CancellationTokenSource();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt> stays = Send(sim, 10, 1);
        Task<SendReceipt> leaves = sim.Stream.SendZeroCopyAsync(new byte[20], cancellation.Token).AsTask();
        Task<SendReceipt> alsoStays = Send(sim, 30, 3);
        first.Complete(1);
        Submitted train = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        Submitted cancel = await sim.Kernel.NextAsync();
        Assert.Equal(train.UserData, cancel.CancelTarget);
        train.Complete(-KernelError.ECANCELED);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.WaitAsync(Deadline));
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal([10, 30], rest.Pieces);
        rest.Complete(40);
        await Task.WhenAll(stays, alsoStays).WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_zero_copy_send_between_them_keeps_its_place()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [Send(sim, 10, 1), Send(sim, 20, 2)];
        sim.Stream.Policy = ZeroCopyPolicy.Always;
        Task<SendReceipt> between = Send(sim, 30, 3);
        sim.Stream.Policy = ZeroCopyPolicy.Never;
        Task<SendReceipt>[] behind = [Send(sim, 40, 4), Send(sim, 50, 5)];
        first.Complete(1);
        Submitted train = await sim.Kernel.NextAsync();
        Assert.Equal([10, 20], train.Pieces);
        train.Complete(30);
        Submitted zeroCopy = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, zeroCopy.Operation);
        zeroCopy.Complete(30);
        Submitted last = await sim.Kernel.NextAsync();
        Assert.Equal([40, 50], last.Pieces);
        last.Complete(90);
        await Task.WhenAll([.. waiting, between, .. behind]).WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_line_longer_than_a_train_goes_on_in_several()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [.. Enumerable.Range(0, 100).Select(i => Send(sim, 1, (byte)i))];
        first.Complete(1);
        var bytes = new List<byte>();
        while (bytes.Count < 100)
        {
            Submitted train = await sim.Kernel.NextAsync();
            bytes.AddRange(train.Bytes);
            train.Complete(train.Length);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), bytes);
        await Task.WhenAll(waiting).WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Closing_ends_everybody_in_the_train()
    {
        await using var sim = Copying();
        Submitted first = await StartAsync(sim);
        Task<SendReceipt>[] waiting = [Send(sim, 10, 1), Send(sim, 20, 2), Send(sim, 30, 3)];
        first.Complete(1);
        Submitted train = await sim.Kernel.NextAsync();
        Task closing = sim.Stream.DisposeAsync().AsTask();
        train.Complete(-KernelError.ECANCELED);
        foreach (Task<SendReceipt> send in waiting)
        {
            Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => send.WaitAsync(Deadline))).SocketErrorCode);
        }

        await closing.WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    private static SimulatedSockets Copying()
    {
        var sim = new SimulatedSockets();
        sim.Stream.Policy = ZeroCopyPolicy.Never;
        return sim;
    }

    /// <summary>A send of one byte that the kernel has and has not answered.</summary>
    private static async Task<Submitted> StartAsync(SimulatedSockets sim)
    {
        _ = sim.Stream.SendZeroCopyAsync(new byte[1]).AsTask();
        return await sim.Kernel.NextAsync();
    }

    private static Task<SendReceipt> Send(SimulatedSockets sim, int length, byte filling)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(filling);
        return sim.Stream.SendZeroCopyAsync(bytes).AsTask();
    }
}
