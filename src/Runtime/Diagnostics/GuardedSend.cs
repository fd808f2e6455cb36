using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Diagnostics;

/// <summary>What the guard remembers of one lent stretch of memory until it comes back.</summary>
internal sealed unsafe class GuardedSend(Guard guard, BufferPool? pool, int slot, byte* buffer, int length)
{
    private readonly CallSite _callSite = new();
    private readonly int _hash = Hash(buffer, length);

    /// <summary>The pool whose slot it is; null for memory of the caller's.</summary>
    public BufferPool? Pool => pool;

    public int Slot => slot;

    /// <summary>
    /// To be called when the kernel has let go, while the memory is still pinned or the slot in flight: nobody else may
    /// write to it yet. What to tell whoever awaits the recycle; null where the bytes are as they were lent.
    /// </summary>
    public InvalidOperationException? Return()
    {
        bool changed = Hash(buffer, length) != _hash;
        guard.Return(this);
        return changed ? guard.Report(length, _callSite) : null;
    }

    // 32 bits: one change in four thousand million goes unseen.
    private static int Hash(byte* buffer, int length)
    {
        var hash = new HashCode();
        // SAFETY: the memory is lent to the send this belongs to, which keeps it pinned, or its slot in flight, until Return.
        hash.AddBytes(new ReadOnlySpan<byte>(buffer, length));
        return hash.ToHashCode();
    }
}
