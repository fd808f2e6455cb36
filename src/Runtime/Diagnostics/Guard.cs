using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// Guard mode of one engine: sees every stretch of memory lent to the kernel at both its ends. Absent (null) where the mode is
/// off, which is all that sends then pay for it.
/// </summary>
internal sealed unsafe class Guard(ZeroCopyEngine engine, bool protects)
{
    private readonly Lock _gate = new();

    // Sends in flight per slot; guarded by _gate, so that the last one back and the next one out cannot cross.
    private readonly Dictionary<int, int> _inFlight = [];
    private long _violations;

    /// <summary>Writes found.</summary>
    public long Violations => Volatile.Read(ref _violations);

    /// <summary>The guard of a mode; null for <see cref="GuardMode.Off"/>.</summary>
    public static Guard? For(ZeroCopyEngine engine, GuardMode mode) => mode switch
    {
        GuardMode.Off => null,
        GuardMode.Check => new Guard(engine, protects: false),
        _ => new Guard(engine, protects: PageProtection.IsSupported),
    };

    /// <summary>The memory is the kernel's from here.</summary>
    /// <param name="pool">The pool whose slot it lies in; null for memory of the caller's.</param>
    /// <param name="slot">That slot.</param>
    /// <param name="buffer">The bytes lent.</param>
    /// <param name="length">How many.</param>
    public GuardedSend Lend(BufferPool? pool, int slot, byte* buffer, int length)
    {
        var lent = new GuardedSend(this, pool, slot, buffer, length);
        if (protects && pool is not null)
        {
            lock (_gate)
            {
                int before = _inFlight.GetValueOrDefault(slot);
                _inFlight[slot] = before + 1;
                if (before == 0)
                {
                    PageProtection.MakeReadOnly(pool.PagesOf(slot, out nuint bytes), bytes);
                }
            }
        }

        return lent;
    }

    /// <summary>One send of the slot is over.</summary>
    public void Return(GuardedSend lent)
    {
        if (!protects || lent.Pool is not { } pool)
        {
            return;
        }

        lock (_gate)
        {
            if (--_inFlight[lent.Slot] == 0)
            {
                _inFlight.Remove(lent.Slot);
                PageProtection.MakeWritable(pool.PagesOf(lent.Slot, out nuint bytes), bytes);
            }
        }
    }

    /// <summary>Tells of a write in every way there is, and makes the exception for whoever awaits the recycle.</summary>
    public InvalidOperationException Report(int length, CallSite callSite)
    {
        Interlocked.Increment(ref _violations);
        string site = callSite.ToString();
        string message = $"ZCS0001: the {length} bytes sent by {site} were written while in flight: the kernel owned them until the notification, and the peer may have received either content.";
        ZeroCopyEventSource.Log.GuardViolated(engine.Id, length, site);
        engine.OnGuardViolated(new GuardViolationEventArgs(length, site, message));
        return new InvalidOperationException(message);
    }
}
