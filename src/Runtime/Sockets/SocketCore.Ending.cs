using System.Net.Sockets;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <content>The end: nothing new, what is in flight cancelled, the descriptor closed last.</content>
internal sealed partial class SocketCore
{
    private static readonly TimeSpan s_cancelRetry = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends the socket. Every caller awaits the same end; one that aborts turns an orderly end into a reset.</summary>
    /// <param name="abort">Reset the connection: nothing unsent is delivered, and the kernel gives its buffers back at once.</param>
    public Task CloseAsync(bool abort)
    {
        var ours = new Ending(abort);
        Ending? theirs = Interlocked.CompareExchange(ref _ending, ours, null);
        // Full fence: whoever sees the bit sees the ending. Also by those who came second: no caller returns before it is set.
        Interlocked.Or(ref _users, ClosingBit);
        if (theirs is null)
        {
            _ = CloseCoreAsync(ours);
            return ours.Closed.Task;
        }

        if (abort)
        {
            theirs.Abort();
        }

        return theirs.Closed.Task;
    }

    private async Task CloseCoreAsync(Ending ending)
    {
        Kernel kernel = Engine.Kernel;
        if (!ending.Aborts || !IsStream)
        {
            Try(() => kernel.Shutdown(Handle, SocketShutdown.Both));
        }

        await CancelUntilIdleAsync(ending).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        await WaitForOwedAsync(ending, unlessAborted: true).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        bool abort = ending.Aborts;
        if (abort && IsStream)
        {
            Try(() => kernel.ResetOnClose(Handle));
        }
        else if (!abort)
        {
            LimitStalledPeer();
        }

        if (IsStream && kernel.WaitsOnClose(Handle))
        {
            // close(2) returns when the data is acknowledged or the time is up. Neither a loop nor the pool has a thread to spare for that.
            await Task.Factory.StartNew(() => kernel.Close(Handle), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        }
        else
        {
            kernel.Close(Handle);
        }

        if (abort)
        {
            await WaitForOwedAsync(ending, unlessAborted: false).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        }

        Engine.Untrack(this);
        ZeroCopyEventSource.Log.SocketClosed(Engine.Id, Handle.Fd, Owed);
        ending.Closed.SetResult();
    }

    /// <summary>
    /// Cancels what is out until nobody names the descriptor any more: again and again, because a cancellation misses what
    /// a kernel worker is running at that moment.
    /// </summary>
    private async Task CancelUntilIdleAsync(Ending ending)
    {
        // The cancellation names the descriptor too: the loop leaves when the kernel has taken it.
        Interlocked.Increment(ref _users);
        Loop.Post(LoopWork.CancelSocket(this));
        Loop.Caller.CancelSocket(this);
        // What is left here is the hold for being open.
        Exit();
        using ITimer again = Engine.Time.CreateTimer(
            static state => ((SocketCore)state!).Loop.Post(LoopWork.CancelSocketAgain((SocketCore)state)), this, s_cancelRetry, s_cancelRetry);
        await ending.Idle.Task.ConfigureAwait(LoopSynchronizationContext.IsCurrent);
    }

    private async Task WaitForOwedAsync(Ending ending, bool unlessAborted)
    {
        TaskCompletionSource wait = ending.BeginWait();
        if (Owed == 0 || (unlessAborted && ending.Aborts))
        {
            return;
        }

        // A peer that does not read ends the wait. The buffers outlive the descriptor; they return when the kernel lets go.
        using ITimer limit = Engine.Time.CreateTimer(
            static wait => ((TaskCompletionSource)wait!).TrySetResult(), wait, Engine.Options.CloseTimeout, Timeout.InfiniteTimeSpan);
        await wait.Task.ConfigureAwait(LoopSynchronizationContext.IsCurrent);
        if (Owed > 0 && !(unlessAborted && ending.Aborts))
        {
            ZeroCopyEventSource.Log.CloseTimedOut(Engine.Id, Handle.Fd, Owed);
        }
    }

    /// <summary>A peer that stopped reading must not hold buffers for ever once nobody waits for it.</summary>
    private void LimitStalledPeer()
    {
        if (IsStream && Owed > 0)
        {
            Try(() => Engine.Kernel.LimitUnacknowledged(Handle, Engine.Options.StalledPeerTimeout));
        }
    }

    // Closing goes on whatever the peer did to the connection meanwhile.
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
    }

    /// <summary>What is awaited while a socket ends.</summary>
    private sealed class Ending(bool abort)
    {
        private TaskCompletionSource? _wait;
        private bool _aborts = abort;

        /// <summary>Nobody names the descriptor any more.</summary>
        public TaskCompletionSource Idle { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The descriptor is closed.</summary>
        public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The connection is reset.</summary>
        public bool Aborts => Volatile.Read(ref _aborts);

        /// <summary>From now on the connection is reset, unless it is closed already. What an orderly end still waits for it gives up.</summary>
        public void Abort()
        {
            if (!Interlocked.Exchange(ref _aborts, true))
            {
                EndWait();
            }
        }

        /// <summary>Begins to wait for the kernel to hold no memory any more.</summary>
        public TaskCompletionSource BeginWait()
        {
            var wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            // Full fence: whoever returns the last memory, or aborts, sees the wait; or else whoever waits sees what he did.
            Interlocked.Exchange(ref _wait, wait);
            return wait;
        }

        public void EndWait() => Volatile.Read(ref _wait)?.TrySetResult();
    }
}
