using System.Net.Sockets;
using ZeroCopySockets.Engine;
using static ZeroCopySockets.Runtime.Tests.Simulation.LeasedReceiveTests;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Receive buffers that the kernel does not pick: the stock, what is kept of it, and who is offered what comes back.</summary>
public sealed class ReceiveBufferStockTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    private Submitted? _receive;

    [Fact]
    public async Task Without_a_ring_of_buffers_receives_wait_for_bytes_and_take_a_buffer_only_then()
    {
        var bytes = new Queue<byte[]>([[1], [2], []]);
        await using var sim = WithBuffers(buffers: 1, quota: 4, kernel =>
        {
            kernel.ProvidesBuffers = false;
            kernel.DirectReceive = () => bytes.TryDequeue(out byte[]? next) ? next : null;
        });
        Assert.Contains("single-shot: the simulated kernel has no such ring", sim.Engine.Description, StringComparison.Ordinal);
        await using ZeroCopySocket idle = sim.NewStream();
        Task<ReceiveLease> never = idle.ReceiveLeasedAsync().AsTask();
        Submitted idling = await sim.Kernel.NextAsync();

        Task<ReceiveLease> receiving = ReceiveAsync(sim);
        Submitted wait = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.WaitReadable, wait.Operation);
        wait.Complete(1);
        ReceiveLease first = await receiving;
        Assert.Equal((byte)1, first.Read()[0]);

        // The only buffer is taken: the connection pauses.
        receiving = ReceiveAsync(sim);
        (await sim.Kernel.NextAsync()).Complete(1);
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        first.Dispose();
        (await sim.Kernel.NextAsync()).Complete(1);
        AssertTaken(await receiving, [2]);
        (await sim.Kernel.NextAsync()).Complete(1);
        Assert.Equal(0, (await ReceiveAsync(sim)).Length);
        idling.Complete(-KernelError.ECONNRESET);
        await Assert.ThrowsAsync<SocketException>(() => never.WaitAsync(Deadline));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_holds_no_buffer_gets_one_of_those_that_are_kept_for_such(bool picks)
    {
        var bytes = new System.Collections.Concurrent.ConcurrentQueue<byte[]>();
        await using var sim = WithBuffers(buffers: 16, quota: 15, kernel =>
        {
            kernel.ProvidesBuffers = picks;
            kernel.DirectReceive = () => bytes.TryDequeue(out byte[]? next) ? next : null;
        });
        var held = new List<ReceiveLease>();
        for (int i = 0; i < 14; i++)
        {
            held.Add(await NextLeaseAsync(sim.Stream, i));
        }

        // The slow one gets no more, although there are two.
        Task<ReceiveLease> slow = sim.Stream.ReceiveLeasedAsync().AsTask();
        if (picks)
        {
            Assert.Equal(0, _receive!.Ring.Provided);
            _receive.Complete(-KernelError.ENOBUFS);
        }
        else
        {
            bytes.Enqueue([99]);
            (await sim.Kernel.NextAsync()).Complete(1);
        }

        await sim.SettleAsync();
        Assert.False(slow.IsCompleted);
        Assert.False(sim.Kernel.HasSubmitted);
        bytes.Clear();

        await using ZeroCopySocket quick = sim.NewStream();
        for (byte i = 0; i < 3; i++)
        {
            Task<ReceiveLease> receiving = quick.ReceiveLeasedAsync().AsTask();
            Submitted receive = await sim.Kernel.NextAsync();
            if (receive.Operation == KernelOperation.ReceiveMultishot)
            {
                receive.Complete(-KernelError.ENOBUFS);
                receive = await sim.Kernel.NextAsync();
            }

            Assert.Equal(KernelOperation.WaitReadable, receive.Operation);
            bytes.Enqueue([i]);
            receive.Complete(1);
            AssertTaken(await receiving.WaitAsync(Deadline), [i]);
            await sim.SettleAsync();
        }

        if (!picks)
        {
            // The quick one already looks out for more.
            await sim.Kernel.NextAsync();
        }

        // With what the slow one gives back it goes on itself.
        held[1..].ForEach(static lease => lease.Dispose());
        Submitted again = await sim.Kernel.NextAsync();
        if (picks)
        {
            Assert.Equal(KernelOperation.ReceiveMultishot, again.Operation);
            again.Receive([100]);
        }
        else
        {
            bytes.Enqueue([100]);
            again.Complete(1);
        }

        AssertTaken(await slow.WaitAsync(Deadline), [100]);
        held[0].Dispose();

        async Task<ReceiveLease> NextLeaseAsync(ZeroCopySocket stream, int number)
        {
            Task<ReceiveLease> receiving = stream.ReceiveLeasedAsync().AsTask();
            if (picks)
            {
                _receive ??= await sim.Kernel.NextAsync();
                _receive.Receive([(byte)number]);
            }
            else
            {
                bytes.Enqueue([(byte)number]);
                (await sim.Kernel.NextAsync()).Complete(1);
            }

            ReceiveLease lease = await receiving.WaitAsync(Deadline);
            await sim.SettleAsync();
            return lease;
        }
    }

    [Fact]
    public async Task A_buffer_that_comes_back_in_the_middle_of_a_round_is_offered_to_those_who_wait()
    {
        // Would catch an offer lost because a receive that ran dry, and not the end of the round, took in what came back.
        byte[]? bytes = null;
        var held = new List<ReceiveLease>();
        await using var sim = WithBuffers(buffers: 16, quota: 15, kernel =>
        {
            kernel.ProvidesBuffers = false;
            kernel.DirectReceive = () => Interlocked.Exchange(ref bytes, null);
        });
        ZeroCopySocket[] quick = [sim.NewStream(), sim.NewStream()];
        for (int i = 0; i < 16; i++)
        {
            // The slow one holds all but the reserve, two others hold that.
            Task<ReceiveLease> receiving = (i < 14 ? sim.Stream : quick[i - 14]).ReceiveLeasedAsync().AsTask();
            bytes = [(byte)i];
            (await sim.Kernel.NextAsync()).Complete(1);
            held.Add(await receiving.WaitAsync(Deadline));
            await sim.SettleAsync();
            if (i > 12)
            {
                // It looks out for more.
                await sim.Kernel.NextAsync();
            }
        }

        ZeroCopySocket starved = sim.NewStream();
        Task<ReceiveLease> waiting = starved.ReceiveLeasedAsync().AsTask();
        (await sim.Kernel.NextAsync()).Complete(1);
        await sim.SettleAsync();
        ZeroCopySocket polling = sim.NewStream();
        Task<ReceiveLease> idle = polling.ReceiveLeasedAsync().AsTask();
        Submitted poll = await sim.Kernel.NextAsync();
        ZeroCopySocket other = sim.NewStream();
        Task disposing = InlineContext.Start(async () =>
        {
            await other.ReceiveAsync(new byte[1]);
            held[0].Dispose();
        });
        Submitted receive = await sim.Kernel.NextAsync();

        // In one round: a lease ends, then the receive that looks out finds no byte, but takes in what came back.
        await sim.Engine.Loops[0].RunAsync(() =>
        {
            receive.Complete(1);
            poll.Complete(1);
            return Task.CompletedTask;
        });
        await disposing.WaitAsync(Deadline);
        Submitted[] polls = [await sim.Kernel.NextAsync(), await sim.Kernel.NextAsync()];
        Assert.All(polls, static again => Assert.Equal(KernelOperation.WaitReadable, again.Operation));
        bytes = [100];
        polls[0].Complete(1);
        polls[1].Complete(1);
        AssertTaken(await (await Task.WhenAny(waiting, idle).WaitAsync(Deadline)), [100]);
        held[1..].ForEach(static lease => lease.Dispose());
    }
}
