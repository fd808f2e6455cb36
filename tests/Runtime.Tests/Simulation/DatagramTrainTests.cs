using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Copied datagrams that code on the loop sends one after the other go to the kernel together, and still end each for itself.</summary>
public sealed class DatagramTrainTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task Datagrams_of_one_size_to_one_peer_are_one_submission_that_the_kernel_cuts()
    {
        await using var sim = Cutting();
        Task<SendReceipt[]> sending = SendAllAsync(sim, 10, 10, 10);
        Submitted train = await sim.Kernel.NextAsync();
        Assert.Equal([10, 10, 10], train.Pieces);
        Assert.Equal(10, train.SegmentSize);
        Assert.Equal([.. Enumerable.Repeat((byte)0, 10), .. Enumerable.Repeat((byte)1, 10), .. Enumerable.Repeat((byte)2, 10)], train.Bytes);
        train.Complete(30);
        Assert.Equal([10, 10, 10], (await sending.WaitAsync(Deadline)).Select(static receipt => receipt.BytesSent));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task One_that_is_shorter_is_the_last_of_its_train_and_a_longer_one_opens_the_next()
    {
        await using var sim = Cutting();
        Task sending = SendAllAsync(sim, 10, 10, 4, 4, 20, 7);
        await CompleteNextAsync(sim, cutInto: 10, [10, 10, 4]);
        await CompleteNextAsync(sim, cutInto: 0, [4]);
        await CompleteNextAsync(sim, cutInto: 20, [20, 7]);
        await sending.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Datagrams_to_different_peers_do_not_travel_together()
    {
        await using var sim = Cutting();
        PeerAddress a = new IPEndPoint(IPAddress.Loopback, 1);
        PeerAddress b = new IPEndPoint(IPAddress.Loopback, 2);
        Task sending = OnLoop(sim, () => [.. new[] { a, a, b, a }.Select(to => sim.Datagram.SendZeroCopyAsync(new byte[10], to))]);
        await CompleteNextAsync(sim, cutInto: 10, [10, 10]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await CompleteNextAsync(sim, cutInto: 0, [10]);
        await sending.WaitAsync(Deadline);
    }

    [Fact]
    public async Task No_train_has_more_datagrams_than_the_kernel_cuts()
    {
        await using var sim = Cutting();
        Task sending = SendAllAsync(sim, [.. Enumerable.Repeat(1, 100)]);
        await CompleteNextAsync(sim, cutInto: 1, [.. Enumerable.Repeat(1, 64)]);
        await CompleteNextAsync(sim, cutInto: 1, [.. Enumerable.Repeat(1, 36)]);
        await sending.WaitAsync(Deadline);
    }

    [Fact]
    public async Task No_train_has_more_bytes_than_a_datagram_can()
    {
        await using var sim = Cutting();
        Task sending = SendAllAsync(sim, 30_000, 30_000, 30_000);
        await CompleteNextAsync(sim, cutInto: 30_000, [30_000, 30_000]);
        await CompleteNextAsync(sim, cutInto: 0, [30_000]);
        await sending.WaitAsync(Deadline);
    }

    [Theory]
    [InlineData(KernelError.EINVAL, true)]
    [InlineData(KernelError.EMSGSIZE, true)]
    [InlineData(KernelError.EIO, false)]
    [InlineData(KernelError.EOPNOTSUPP, false)]
    public async Task Where_the_kernel_cannot_cut_each_goes_by_itself_from_then_on(int errno, bool shorterMay)
    {
        await using var sim = Cutting();
        Task sending = SendAllAsync(sim, 100, 100);
        (await sim.Kernel.NextAsync()).Complete(-errno);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await sending.WaitAsync(Deadline);

        sending = SendAllAsync(sim, 100, 100, 50, 50);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await CompleteNextAsync(sim, cutInto: 0, [100]);
        await CompleteNextAsync(sim, cutInto: shorterMay ? 50 : 0, shorterMay ? [50, 50] : [50]);
        if (!shorterMay)
        {
            await CompleteNextAsync(sim, cutInto: 0, [50]);
        }

        await sending.WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task An_error_is_the_first_ones_and_the_others_go_on()
    {
        // An earlier datagram was refused by the peer's host: the next send on the socket is told, whichever it is.
        await using var sim = Cutting();
        Task<SendReceipt>[] sends = [];
        Task sending = OnLoop(sim, () => [.. Enumerable.Range(0, 3).Select(_ => sim.Datagram.SendZeroCopyAsync(new byte[10]))], started => sends = started);
        (await sim.Kernel.NextAsync()).Complete(-KernelError.ECONNREFUSED);
        await CompleteNextAsync(sim, cutInto: 10, [10, 10]);
        await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Deadline));
        Assert.Equal([true, false, false], sends.Select(static send => send.IsFaulted));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task One_cancelled_before_it_leaves_does_not_and_one_cancelled_later_lets_the_others_go_on()
    {
        await using var sim = Cutting();
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        Task<SendReceipt>[] sends = [];
        CancellationToken[] tokens = [default, early.Token, late.Token, default];
        Task sending = OnLoop(
            sim,
            () =>
            {
                ValueTask<SendReceipt>[] started = [.. tokens.Select(token => sim.Datagram.SendZeroCopyAsync(new byte[10], token))];
                early.Cancel();
                return started;
            },
            started => sends = started);
        Submitted train = await sim.Kernel.NextAsync();
        Assert.Equal([10, 10, 10], train.Pieces);
        late.Cancel();
        Submitted cancel = await sim.Kernel.NextAsync();
        Assert.Equal(train.UserData, cancel.CancelTarget);
        train.Complete(-KernelError.ECANCELED);
        await CompleteNextAsync(sim, cutInto: 10, [10, 10]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Deadline));
        Assert.Equal([false, true, true, false], sends.Select(static send => send.IsCanceled));
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Closing_the_socket_ends_those_that_wait()
    {
        await using var sim = Cutting();
        Task<SendReceipt>[] sends = [];
        Task closing = Task.CompletedTask;
        Task sending = OnLoop(
            sim,
            () =>
            {
                ValueTask<SendReceipt>[] started = [.. Enumerable.Range(0, 2).Select(_ => sim.Datagram.SendZeroCopyAsync(new byte[10]))];
                closing = sim.Datagram.DisposeAsync().AsTask();
                return started;
            },
            started => sends = started);
        await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Deadline));
        Assert.All(sends, static send => Assert.True(send.IsFaulted));
        await closing.WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_zero_copy_send_goes_behind_those_that_wait()
    {
        await using var sim = Cutting();
        Task sending = OnLoop(sim, () =>
        {
            ValueTask<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[10]);
            ValueTask<SendReceipt> second = sim.Datagram.SendZeroCopyAsync(new byte[10]);
            sim.Datagram.Policy = ZeroCopyPolicy.Always;
            return [first, second, sim.Datagram.SendZeroCopyAsync(new byte[10])];
        });
        await CompleteNextAsync(sim, cutInto: 10, [10, 10]);
        Submitted zeroCopy = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, zeroCopy.Operation);
        zeroCopy.Complete(10);
        await sending.WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    private static SimulatedSockets Cutting() => new(static kernel => kernel.Cuts = true, new ZeroCopyOptions
    {
        LoopCount = 1,
        Policy = ZeroCopyPolicy.Never,
        CloseTimeout = TimeSpan.FromMilliseconds(50),
    });

    private static async Task<SendReceipt[]> SendAllAsync(SimulatedSockets sim, params int[] sizes)
    {
        Task<SendReceipt>[] sends = [];
        await OnLoop(
            sim, () => [.. sizes.Select((size, i) => sim.Datagram.SendZeroCopyAsync(Enumerable.Repeat((byte)i, size).ToArray()))], started => sends = started);
        return await Task.WhenAll(sends);
    }

    /// <summary>Starts sends on the loop in one go and awaits them there.</summary>
    internal static Task OnLoop(SimulatedSockets sim, Func<ValueTask<SendReceipt>[]> start, Action<Task<SendReceipt>[]>? started = null) =>
        sim.Engine.Loops[0].RunAsync(() =>
        {
            // Other code waits for its turn on the loop: else the first send after an awaited one would go at once.
            _ = YieldAsync();
            Task<SendReceipt>[] sends = [.. start().Select(static send => send.AsTask())];
            started?.Invoke(sends);
            return Task.WhenAll(sends);
        });

    private static async Task YieldAsync() => await Task.Yield();

    internal static async Task CompleteNextAsync(SimulatedSockets sim, int cutInto, int[] pieces)
    {
        Submitted send = await sim.Kernel.NextAsync();
        Assert.Equal(pieces, send.Pieces);
        Assert.Equal(cutInto, send.SegmentSize);
        send.Complete(send.Length);
    }
}
