using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Leased receives over a kernel that does what the test says: pauses, ends, cancellations and leases.</summary>
public sealed class LeasedReceiveTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task One_submission_serves_many_receives_in_the_order_of_its_completions()
    {
        await using var sim = WithBuffers(buffers: 8, quota: 8);
        ValueTask<ReceiveLease> first = sim.Stream.ReceiveLeasedAsync();
        Submitted receive = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.ReceiveMultishot, receive.Operation);
        for (byte i = 0; i < 5; i++)
        {
            receive.Receive([i, (byte)(i + 1)]);
        }

        AssertTaken(await first.AsTask().WaitAsync(Deadline), [0, 1]);
        for (byte i = 1; i < 5; i++)
        {
            AssertTaken(await ReceiveAsync(sim), [i, (byte)(i + 1)]);
        }

        Assert.False(sim.Kernel.HasSubmitted);
        receive.Complete(0);
        Assert.Equal(0, (await ReceiveAsync(sim)).Length);
        Assert.Equal(0, (await ReceiveAsync(sim)).Length);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_terminal_completion_with_bytes_keeps_them_and_the_receive_is_armed_again()
    {
        // Would catch a skipped re-arm: the kernel may end a multishot at any completion, as it does when the ring of completions is full.
        await using var sim = WithBuffers(buffers: 8, quota: 8);
        Task<ReceiveLease> first = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([1], more: false);
        AssertTaken(await first, [1]);
        Submitted again = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.ReceiveMultishot, again.Operation);
        again.Receive([2]);
        AssertTaken(await ReceiveAsync(sim), [2]);
    }

    [Fact]
    public async Task An_exhausted_ring_pauses_the_connection_until_a_buffer_comes_back()
    {
        await using var sim = WithBuffers(buffers: 2, quota: 8);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        receive.Receive([2]);
        receive.Complete(-KernelError.ENOBUFS);
        using ReceiveLease first = await receiving;
        ReceiveLease second = await ReceiveAsync(sim);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        Assert.Equal(1, sim.Engine.GetStatistics().ReceivesPausedByExhaustion);

        receiving = ReceiveAsync(sim);
        second.Dispose();
        Submitted again = await sim.Kernel.NextAsync();
        Assert.Equal(1, again.Ring.Provided);
        again.Receive([3]);
        AssertTaken(await receiving, [3]);
        Assert.Equal((byte)1, first.Read()[0]);
    }

    [Fact]
    public async Task A_buffer_that_the_first_in_line_had_no_use_for_goes_to_the_next()
    {
        // Would catch a wake-up spent on a connection that was reset meanwhile.
        await using var sim = WithBuffers(buffers: 1, quota: 4);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([1]);
        ReceiveLease held = await receiving;
        ZeroCopySocket[] others = [sim.NewStream(), sim.NewStream()];
        var waiting = new List<Task<ReceiveLease>>();
        foreach (ZeroCopySocket other in others)
        {
            waiting.Add(other.ReceiveLeasedAsync().AsTask());
            (await sim.Kernel.NextAsync()).Complete(-KernelError.ENOBUFS);
            await sim.SettleAsync();
        }

        held.Dispose();
        await sim.Kernel.NextAsync();
        (await sim.Kernel.NextAsync()).Receive([2]);
        AssertTaken(await waiting[1].WaitAsync(Deadline), [2]);
        Assert.False(waiting[0].IsCompleted);
        others[0].Dispose();
        await Assert.ThrowsAsync<SocketException>(() => waiting[0].WaitAsync(Deadline));
    }

    [Fact]
    public async Task Connections_paused_for_want_of_buffers_go_on_in_the_order_in_which_they_paused()
    {
        await using var sim = WithBuffers(buffers: 1, quota: 4);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([0]);
        ReceiveLease held = await receiving;
        var waiting = new List<Task<ReceiveLease>>();
        for (int i = 0; i < 3; i++)
        {
            waiting.Add(sim.NewStream().ReceiveLeasedAsync().AsTask());
            (await sim.Kernel.NextAsync()).Complete(-KernelError.ENOBUFS);
            await sim.SettleAsync();
        }

        held.Dispose();
        for (byte i = 0; i < 3; i++)
        {
            // The one buffer serves one after the other.
            (await sim.Kernel.NextAsync()).Receive([i]);
            AssertTaken(await waiting[i].WaitAsync(Deadline), [i]);
            await sim.SettleAsync();
        }
    }

    [Fact]
    public async Task At_its_quota_a_connection_is_cancelled_and_what_comes_until_then_stays_in_order()
    {
        await using var sim = WithBuffers(buffers: 8, quota: 2);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        receive.Receive([2]);
        Submitted cancel = await sim.Kernel.NextAsync();
        Assert.Equal((KernelOperation.Cancel, receive.UserData), (cancel.Operation, cancel.CancelTarget));
        await sim.SettleAsync();
        receive.Receive([3]);
        receive.Complete(-KernelError.ECANCELED);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        Assert.Equal(1, sim.Engine.GetStatistics().ReceivesPausedByQuota);

        AssertTaken(await receiving, [1]);
        AssertTaken(await ReceiveAsync(sim), [2]);
        Submitted again = await sim.Kernel.NextAsync();
        again.Receive([4]);
        AssertTaken(await ReceiveAsync(sim), [3]);
        AssertTaken(await ReceiveAsync(sim), [4]);
    }

    [Fact]
    public async Task A_pause_that_is_over_before_its_cancellation_is_leaves_the_connection_receiving()
    {
        await using var sim = WithBuffers(buffers: 8, quota: 1);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        Assert.Equal(KernelOperation.Cancel, (await sim.Kernel.NextAsync()).Operation);
        AssertTaken(await receiving, [1]);
        receiving = ReceiveAsync(sim);
        await sim.SettleAsync();
        // The cancellation came too late for a completion, and for the multishot as well: it had ended by itself.
        receive.Receive([2], more: false);
        AssertTaken(await receiving, [2]);
        (await sim.Kernel.NextAsync()).Receive([3]);
        AssertTaken(await ReceiveAsync(sim), [3]);
    }

    [Fact]
    public async Task A_receiver_below_the_quota_goes_on_although_it_holds_most_of_it()
    {
        // Would catch a reader that needs one more buffer to finish a message and waits for ever for half of them to come back.
        await using var sim = WithBuffers(buffers: 8, quota: 4);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        for (byte i = 0; i < 4; i++)
        {
            receive.Receive([i], more: i < 3);
        }

        ReceiveLease[] held = [await receiving, await ReceiveAsync(sim), await ReceiveAsync(sim), await ReceiveAsync(sim)];
        Task<ReceiveLease> next = ReceiveAsync(sim);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        held[3].Dispose();
        (await sim.Kernel.NextAsync()).Receive([9]);
        AssertTaken(await next, [9]);
        Array.ForEach(held[..3], lease => lease.Dispose());
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_kernel_alone_and_loses_nothing()
    {
        await using var sim = WithBuffers(buffers: 4, quota: 4);
        using var cancellation = new CancellationTokenSource();
        Task<ReceiveLease> waiting = sim.Stream.ReceiveLeasedAsync(cancellation.Token).AsTask();
        Submitted receive = await sim.Kernel.NextAsync();
        cancellation.Cancel();
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Deadline));
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        receive.Receive([1]);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        AssertTaken(await ReceiveAsync(sim), [1]);
    }

    [Fact]
    public async Task Bytes_received_before_an_error_come_before_it()
    {
        await using var sim = WithBuffers(buffers: 4, quota: 4);
        Task<ReceiveLease> first = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        receive.Complete(-KernelError.ECONNRESET);
        AssertTaken(await first, [1]);
        for (int i = 0; i < 2; i++)
        {
            var reset = await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(sim));
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    }

    [Fact]
    public async Task A_disposed_lease_is_refused_even_when_its_buffer_has_a_new_one()
    {
        await using var sim = WithBuffers(buffers: 1, quota: 1);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([1], more: false);
        ReceiveLease stale = await receiving;
        ReadOnlyMemory<byte> staleMemory = stale.Memory;
        stale.Dispose();
        receiving = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([2], more: false);
        using ReceiveLease current = await receiving;
        Assert.Throws<ObjectDisposedException>(() => stale.Dispose());
        Assert.Throws<ObjectDisposedException>(() => stale.Read().Length);
        Assert.Throws<ObjectDisposedException>(() => stale.Memory);
        Assert.Throws<ObjectDisposedException>(() => staleMemory.Span.Length);
        Assert.Equal((byte)2, current.Read()[0]);
        Assert.NotEqual(stale, current);
    }

    [Fact]
    public async Task A_lease_whose_memory_is_pinned_goes_back_only_when_it_is_unpinned()
    {
        await using var sim = WithBuffers(buffers: 1, quota: 1);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1], more: false);
        ReceiveLease lease = await receiving;
        System.Buffers.MemoryHandle pin = lease.Memory.Pin();
        lease.Dispose();
        await sim.SettleAsync();
        Assert.Equal((0, 1), (receive.Ring.Provided, sim.Engine.GetStatistics().HeldReceiveBuffers));
        pin.Dispose();
        await sim.SettleAsync();
        Assert.Equal((1, 0), (receive.Ring.Provided, sim.Engine.GetStatistics().HeldReceiveBuffers));
    }

    [Fact]
    public async Task Closing_a_socket_gives_back_what_nobody_took_and_leaves_leases_valid()
    {
        await using var sim = WithBuffers(buffers: 4, quota: 4, kernel => kernel.EndsCancelled = false);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        receive.Receive([2]);
        ReceiveLease lease = await receiving;
        Task closing = sim.Stream.DisposeAsync().AsTask();
        await sim.SettleAsync();
        // What arrives between the request to cancel and its end goes straight back.
        receive.Receive([3]);
        Assert.False(closing.IsCompleted);
        receive.Complete(-KernelError.ECANCELED);
        await closing.WaitAsync(Deadline);
        Assert.Equal(1, sim.Engine.GetStatistics().HeldReceiveBuffers);
        Assert.Equal((byte)1, lease.Read()[0]);
        lease.Dispose();
        sim.AssertNothingOwed();
        Assert.Throws<ObjectDisposedException>(() => { _ = sim.Stream.ReceiveLeasedAsync(); });
    }

    [Fact]
    public async Task Closing_a_socket_ends_a_wait_that_was_paused()
    {
        // Nothing is with the kernel then, so no completion could tell the waiter.
        await using var sim = WithBuffers(buffers: 1, quota: 4);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        receive.Complete(-KernelError.ENOBUFS);
        using ReceiveLease lease = await receiving;
        receiving = ReceiveAsync(sim);
        await sim.Stream.DisposeAsync().AsTask().WaitAsync(Deadline);
        var ended = await Assert.ThrowsAsync<SocketException>(() => receiving);
        Assert.Equal(SocketError.OperationAborted, ended.SocketErrorCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_engine_torn_down_keeps_its_receive_memory_only_while_a_lease_is_out(bool leased)
    {
        var sim = WithBuffers(buffers: 4, quota: 4);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([7], more: false);
        ReceiveLease lease = await receiving;
        if (!leased)
        {
            lease.Dispose();
        }

        (await sim.Kernel.NextAsync()).Complete(0);
        await sim.Engine.DisposeAsync().AsTask().WaitAsync(Deadline);
        Assert.Equal(!leased, sim.Kernel.ReceiveMemoryFreed);
        if (leased)
        {
            Assert.Equal((byte)7, lease.Read()[0]);
            lease.Dispose();
        }
    }

    [Fact]
    public async Task An_engine_torn_down_while_the_kernel_still_receives_never_frees_the_memory()
    {
        var sim = WithBuffers(buffers: 4, quota: 4, kernel => kernel.EndsCancelled = false);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        await sim.Kernel.NextAsync();
        Task closing = sim.Engine.DisposeAsync().AsTask();
        await sim.Engine.Loops[0].StopAsync().WaitAsync(Deadline);
        await Assert.ThrowsAsync<SocketException>(() => receiving);
        await closing.WaitAsync(Deadline);
        Assert.False(sim.Kernel.ReceiveMemoryFreed);
    }

    [Fact]
    public async Task A_receive_into_memory_takes_what_was_received_ahead_and_a_lease_the_rest()
    {
        await using var sim = WithBuffers(buffers: 4, quota: 4);
        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted receive = await sim.Kernel.NextAsync();
        receive.Receive([1]);
        receive.Receive([2, 3]);
        receive.Receive([4, 5, 6]);
        AssertTaken(await receiving, [1]);
        await sim.SettleAsync();
        byte[] buffer = new byte[3];
        Assert.Equal(3, await sim.Stream.ReceiveAsync(buffer));
        Assert.Equal((byte[])[2, 3, 4], buffer);
        AssertTaken(await ReceiveAsync(sim), [5, 6]);

        Task<int> copying = sim.Stream.ReceiveAsync(buffer).AsTask();
        Assert.Throws<InvalidOperationException>(() => { _ = sim.Stream.ReceiveLeasedAsync(); });
        receive.Receive([7]);
        Assert.Equal(1, await copying.WaitAsync(Deadline));
        Assert.Equal((byte)7, buffer[0]);
        Assert.False(sim.Kernel.HasSubmitted);
    }

    [Fact]
    public async Task A_leased_receive_is_refused_while_one_into_memory_is_outstanding()
    {
        await using var sim = WithBuffers(buffers: 4, quota: 4);
        Task<int> receiving = sim.Stream.ReceiveAsync(new byte[4]).AsTask();
        Submitted receive = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Receive, receive.Operation);
        Assert.Throws<InvalidOperationException>(() => { _ = sim.Stream.ReceiveLeasedAsync(); });
        receive.Complete(1);
        await receiving.WaitAsync(Deadline);
        Task<ReceiveLease> leased = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Receive([1]);
        AssertTaken(await leased, [1]);
    }

    internal static SimulatedSockets WithBuffers(int buffers, int quota, Action<SimulatedKernel>? configure = null) => new(configure, new ZeroCopyOptions
    {
        LoopCount = 1,
        ReceiveBuffers = buffers,
        ReceiveBufferSize = 64,
        ReceiveBuffersPerSocket = quota,
        CloseTimeout = TimeSpan.FromMilliseconds(50),
    });

    internal static Task<ReceiveLease> ReceiveAsync(SimulatedSockets sim) => sim.Stream.ReceiveLeasedAsync().AsTask().WaitAsync(Deadline);

    internal static void AssertTaken(ReceiveLease lease, byte[] expected)
    {
        Assert.Equal(expected, lease.Read().ToArray());
        Assert.Equal(expected, lease.Memory.ToArray());
        lease.Dispose();
    }
}
