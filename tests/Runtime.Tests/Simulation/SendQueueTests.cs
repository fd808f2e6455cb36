using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Whose turn it is on one stream, between sends on their callers' threads and those that wait in line.</summary>
public sealed class SendQueueTests : IAsyncLifetime
{
    private readonly SimulatedSockets _sim = new();
    private readonly SendQueue _queue;

    public SendQueueTests() => _queue = new SendQueue(_sim.Stream.Core);

    [Fact]
    public void One_send_at_a_time_is_on_its_callers_thread()
    {
        Assert.True(_queue.TryClaim());
        Assert.False(_queue.TryClaim());
        Assert.Null(_queue.ReleaseClaim());
        Assert.True(_queue.TryClaim());
    }

    [Fact]
    public void What_comes_during_a_send_on_its_callers_thread_waits_for_its_end_in_order()
    {
        SendOperation first = NewSend();
        SendOperation second = NewSend();
        Assert.True(_queue.TryClaim());
        Assert.False(_queue.TryStart(first, out int failure));
        Assert.Equal(0, failure);
        Assert.False(_queue.TryStart(second, out _));
        Assert.False(_queue.TryClaim());
        Assert.Same(first, _queue.ReleaseClaim());
        Assert.False(_queue.TryClaim());
        Assert.Same(second, _queue.Finish(first));
        Assert.Null(_queue.Finish(second));
        Assert.True(_queue.TryClaim());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_send_that_goes_on_as_an_operation_keeps_its_turn(bool anotherWaits)
    {
        SendOperation rest = NewSend();
        SendOperation other = NewSend();
        Assert.True(_queue.TryClaim());
        Assert.False(anotherWaits && _queue.TryStart(other, out _));
        _queue.HandClaim(rest);
        Assert.False(_queue.TryClaim());
        Assert.Same(anotherWaits ? other : null, _queue.Finish(rest));
        Assert.Equal(!anotherWaits, _queue.TryClaim());
    }

    [Fact]
    public void A_send_that_is_cancelled_in_line_leaves_the_turn_to_the_next_caller()
    {
        SendOperation waiting = NewSend();
        Assert.True(_queue.TryClaim());
        Assert.False(_queue.TryStart(waiting, out _));
        Assert.True(_queue.TryRemove(waiting, waiting.Version));
        Assert.False(_queue.TryClaim());
        Assert.Null(_queue.ReleaseClaim());
        Assert.True(_queue.TryClaim());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nobody_has_a_turn_on_a_torn_stream(bool duringASend)
    {
        Assert.Equal(duringASend, duringASend && _queue.TryClaim());
        _queue.FailWaiting(KernelError.ECONNABORTED);
        if (duringASend)
        {
            Assert.Null(_queue.ReleaseClaim());
        }

        Assert.False(_queue.TryClaim());
        Assert.False(_queue.TryStart(NewSend(), out int failure));
        Assert.Equal(KernelError.ECONNABORTED, failure);
    }

    [Fact]
    public void Threads_that_send_both_ways_have_the_turn_one_at_a_time_and_each_send_has_one()
    {
        const int Threads = 4;
        const int Sends = 20_000;
        int inTurn = 0;
        int had = 0;
        Exception? error = null;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < Sends; i++)
                {
                    if ((i + thread) % 3 != 0 && _queue.TryClaim())
                    {
                        HaveTurn();
                        RunAll(_queue.ReleaseClaim());
                    }
                    else if (NewSend() is var send && _queue.TryStart(send, out _))
                    {
                        RunAll(send);
                    }
                }
            }
            catch (Exception e)
            {
                error = e;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Null(error);
        Assert.Equal(Threads * Sends, had);
        Assert.True(_queue.TryClaim());

        void RunAll(Operation? next)
        {
            for (; next is not null; next = _queue.Finish(next))
            {
                HaveTurn();
            }
        }

        void HaveTurn()
        {
            Assert.Equal(0, Interlocked.Exchange(ref inTurn, 1));
            had++;
            Volatile.Write(ref inTurn, 0);
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sim.DisposeAsync();

    /// <summary>One that travels by itself, because its memory is not one piece.</summary>
    private SendOperation NewSend()
    {
        OperationPools pools = _sim.Engine.Operations;
        SendOperation send = pools.RentSend();
        send.Lend(pools.RentGather());
        return send;
    }
}
