using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// Guard mode of one engine: sees every stretch of memory lent to the kernel at both its ends. Absent (null) where the mode is
/// off, which is all that sends then pay for it.
/// </summary>
internal sealed unsafe class Guard : IRecycle, IDisposable
{
    private readonly ZeroCopyEngine _engine;
    private readonly bool _protects;
    private readonly ArrayReturns _returns;
    private readonly Lock _gate = new();

    // Sends in flight per slot; guarded by _gate, so that the last one back and the next one out cannot cross.
    private readonly Dictionary<int, int> _inFlight = [];

    // Memory of callers' own that the kernel has; guarded by _gate.
    private readonly List<OwnMemory> _own = [];
    private long _violations;

    private Guard(ZeroCopyEngine engine, bool protects)
    {
        _engine = engine;
        _protects = protects;
        _returns = new ArrayReturns(this);
    }

    /// <summary>Violations found.</summary>
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
    /// <param name="own">The caller's memory; empty for a slot.</param>
    /// <param name="buffer">The bytes lent.</param>
    /// <param name="length">How many.</param>
    public GuardedSend Lend(BufferPool? pool, int slot, ReadOnlyMemory<byte> own, byte* buffer, int length)
    {
        var lent = new GuardedSend(this, pool, slot, own, buffer, length);
        if (_protects && pool is not null)
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
        if (!_protects || lent.Pool is not { } pool)
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

    /// <summary>The caller's memory is the kernel's from here.</summary>
    public void Track(OwnMemory memory)
    {
        lock (_gate)
        {
            _own.Add(memory);
        }
    }

    /// <summary>The caller's memory is the caller's again. What to tell whoever awaits it if it was given up meanwhile.</summary>
    public InvalidOperationException? Release(OwnMemory memory)
    {
        lock (_gate)
        {
            _own.Remove(memory);
        }

        return memory.Violation ?? (memory.IsOwnerDisposed ? Report(memory.Length, memory.CallSite, OwnershipErrors.OwnerDisposed(memory)) : null);
    }

    /// <summary>An array goes back to a pool, on the stack of whoever returns it.</summary>
    public void OnArrayReturned(int id, int length)
    {
        List<OwnMemory> given;
        lock (_gate)
        {
            given = _own.FindAll(memory => memory.IsIn(id, length) && memory.Violation is null);
        }

        if (given.Count > 0)
        {
            var returning = new CallSite();
            given.ForEach(memory => memory.Violation = Report(memory.Length, memory.CallSite, OwnershipErrors.ReturnedToPool(memory, returning)));
        }
    }

    /// <summary>Refuses to lend memory that is received into, and to receive into memory that is lent.</summary>
    /// <exception cref="InvalidOperationException">ZCS0001 or ZCS0003: the kernel has it.</exception>
    public void ThrowIfHeld(ReadOnlyMemory<byte> memory, bool toReceive)
    {
        // What overlaps is pinned where it lies, so its address is the one remembered.
        fixed (byte* start = &MemoryMarshal.GetReference(memory.Span))
        {
            lock (_gate)
            {
                foreach (OwnMemory held in _own)
                {
                    if ((held.IsReceived || toReceive) && held.Overlaps(start, memory.Length))
                    {
                        throw OwnershipErrors.HeldAlready(held, toReceive);
                    }
                }
            }
        }
    }

    /// <summary>Tells of a violation in every way there is, and makes the exception for whoever awaits what was lent.</summary>
    public InvalidOperationException Report(int length, CallSite callSite, string message)
    {
        Interlocked.Increment(ref _violations);
        string site = callSite.ToString();
        ZeroCopyEventSource.Log.GuardViolated(_engine.Id, length, site);
        _engine.OnGuardViolated(new GuardViolationEventArgs(length, site, message));
        return new InvalidOperationException(message);
    }

    /// <summary>The engine has ended.</summary>
    public void Dispose() => _returns.Dispose();

    // What a receipt asks whose send was over when it was handed out, so that each ValueTask it gives is awaited once.
    bool IRecycle.IsRecycled(int version) => true;

    ValueTask IRecycle.WhenRecycled(int version) => this.Once(default(ValueTask));
}
