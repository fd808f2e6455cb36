using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Diagnostics;

/// <summary>Memory of the caller's that is the kernel's for now, as guard mode knows it. No lease watches that: its array or owner must.</summary>
internal sealed unsafe class OwnMemory
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly byte* _start;
    private readonly int _arrayId;
    private readonly int _arrayLength;
    private InvalidOperationException? _violation;

    /// <param name="memory">The memory.</param>
    /// <param name="start">Its address, at which it is pinned.</param>
    /// <param name="isReceived">It is received into; otherwise it is sent.</param>
    /// <param name="callSite">Who lent it.</param>
    public OwnMemory(ReadOnlyMemory<byte> memory, byte* start, bool isReceived, CallSite callSite)
    {
        _memory = memory;
        _start = start;
        IsReceived = isReceived;
        CallSite = callSite;
        if (MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment))
        {
            _arrayId = RuntimeHelpers.GetHashCode(segment.Array);
            _arrayLength = segment.Array!.Length;
        }
    }

    public int Length => _memory.Length;

    public bool IsReceived { get; }

    public CallSite CallSite { get; }

    /// <summary>What to tell whoever awaits it, if it was given up while the kernel had it.</summary>
    public InvalidOperationException? Violation
    {
        get => Volatile.Read(ref _violation);
        set => Volatile.Write(ref _violation, value);
    }

    /// <summary>
    /// An owner that was disposed says so when it is asked for its bytes, which are not to be looked at then. Of a received buffer that is
    /// sent on the lease may end: the send keeps it.
    /// </summary>
    public bool IsOwnerDisposed
    {
        get
        {
            if (!MemoryMarshal.TryGetMemoryManager(_memory, out MemoryManager<byte>? owner) || owner is ReceiveMemory)
            {
                return false;
            }

            try
            {
                owner.GetSpan();
                return false;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>Whether it lies in the array that a pool names so.</summary>
    public bool IsIn(int arrayId, int arrayLength) => _arrayLength == arrayLength && _arrayId == arrayId && _arrayLength > 0;

    public bool Overlaps(byte* start, int length) => start < _start + Length && _start < start + length;
}
