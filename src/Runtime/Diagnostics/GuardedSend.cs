using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Diagnostics;

/// <summary>What the guard remembers of one lent stretch of memory until it comes back.</summary>
internal sealed unsafe class GuardedSend
{
    private readonly Guard _guard;
    private readonly byte* _buffer;
    private readonly int _length;
    private readonly CallSite _callSite = new();
    private readonly OwnMemory? _own;
    private readonly int _hash;

    /// <param name="guard">Who looks after it.</param>
    /// <param name="pool">The pool whose slot it is; null for memory of the caller's.</param>
    /// <param name="slot">That slot.</param>
    /// <param name="own">The caller's memory; empty for a slot.</param>
    /// <param name="buffer">The bytes lent.</param>
    /// <param name="length">How many.</param>
    public GuardedSend(Guard guard, BufferPool? pool, int slot, ReadOnlyMemory<byte> own, byte* buffer, int length)
    {
        _guard = guard;
        Pool = pool;
        Slot = slot;
        _buffer = buffer;
        _length = length;
        _hash = Hash();
        if (!own.IsEmpty)
        {
            _own = new OwnMemory(own, buffer, isReceived: false, _callSite);
            guard.Track(_own);
        }
    }

    public BufferPool? Pool { get; }

    public int Slot { get; }

    /// <summary>
    /// To be called when the kernel has let go, while the memory is still pinned or the slot in flight: nobody else may
    /// write to it yet. What to tell whoever awaits the recycle; null where the bytes are as they were lent.
    /// </summary>
    public InvalidOperationException? Return()
    {
        // What was given up is not looked at.
        if (_own is not null && _guard.Release(_own) is { } violation)
        {
            return violation;
        }

        bool changed = Hash() != _hash;
        _guard.Return(this);
        return changed ? _guard.Report(_length, _callSite, OwnershipErrors.ChangedInFlight(_length, _callSite, isOwn: _own is not null)) : null;
    }

    // 32 bits: one change in four thousand million goes unseen.
    private int Hash()
    {
        var hash = new HashCode();
        // SAFETY: the memory is lent to the send this belongs to, which keeps it pinned, or its slot in flight, until Return.
        hash.AddBytes(new ReadOnlySpan<byte>(_buffer, _length));
        return hash.ToHashCode();
    }
}
