using System.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets;

/// <content>The trip to the kernel that ends a round, and how it waits.</content>
public sealed partial class ZeroCopyLoop
{
    private const int SpinsPerLook = 10;

    private TimeSpan _longestSpin;
    private Attempts _spins;
    private Attempts _yields;

    private void Enter()
    {
        Trains.Depart();
        Budget.EndRound();
        // What Push collected to make room waits to be handed out by Reap.
        bool wait = !Receives.Settle() && _inbox.IsEmpty && _local.Count == 0 && !Budget.HasWaiting && !_stopping && _batch.IsEmpty;
        // Code that ran here has most likely asked a peer for something. Where all code runs elsewhere, it needs the processor more.
        bool spin = wait && _ranCode && _longestSpin > TimeSpan.Zero && _spins.TryBegin();
        _ranCode = false;
        if (spin && SpinUntilNews())
        {
            return;
        }

        if (wait)
        {
            Volatile.Write(ref _sleeping, 1);
            // Full fence: see Post.
            Interlocked.MemoryBarrier();
            wait = _inbox.IsEmpty;
        }

        Enters++;
        _ring.Enter(wait);
        Volatile.Write(ref _sleeping, 0);
        if (wait && !_inbox.IsEmpty && _yields.TryBegin())
        {
            // Woken by what one thread posted: where that waits for this processor, it has more to post.
            int posted = _inbox.Count;
            Thread.Yield();
            _yields.End(paid: _inbox.Count > posted);
        }
    }

    /// <summary>Submits what there is and looks for something to do. False if nothing came in the time for it.</summary>
    private bool SpinUntilNews()
    {
        Enters++;
        _ring.Enter(wait: false);
        long start = Stopwatch.GetTimestamp();
        RingNews news;
        while ((news = _ring.Look()) == RingNews.Nothing && _inbox.IsEmpty)
        {
            if (Stopwatch.GetElapsedTime(start) > _longestSpin)
            {
                _spins.End(paid: false);
                return false;
            }

            Thread.SpinWait(SpinsPerLook);
        }

        if (news == RingNews.Due)
        {
            _ring.Enter(wait: false);
        }

        _spins.End(paid: true);
        return true;
    }
}
