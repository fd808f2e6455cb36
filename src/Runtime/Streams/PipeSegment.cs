using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Streams;

/// <summary>
/// Memory a pipe's writer is filling: a slot of the slab or, where none is free or large enough, an array. Reused by its
/// writer. Memory that somebody kept from before a flush fails here, in every build, as long as the segment has no new slot.
/// </summary>
internal sealed class PipeSegment : MemoryManager<byte>
{
    private BufferLease _lease;
    private byte[]? _array;
    private int _size;

    public int Written { get; set; }

    public int Free => _size - Written;

    /// <summary>What is not yet written.</summary>
    public Memory<byte> Rest => _array is not null ? _array.AsMemory(Written) : CreateMemory(Written, Free);

    /// <summary>Takes a slot of that size in bytes, or one of at least <paramref name="minimum"/>, or else an array.</summary>
    public void Rent(BufferPool pool, int size, int minimum)
    {
        Written = 0;
        if (size <= BufferPool.LargestSlot && (pool.TryRent(size, out _lease) || pool.TryRent(minimum, out _lease)))
        {
            _size = _lease.Length;
        }
        else
        {
            _array = ArrayPool<byte>.Shared.Rent(size);
            _size = _array.Length;
        }
    }

    /// <summary>Sends what was written. The memory is the send's from here on, unless this throws.</summary>
    public ValueTask<SendReceipt> SendAsync(SocketCore core)
    {
        ValueTask<SendReceipt> result = _array is not null
            ? core.SendPooledArrayAsync(_array, Written)
            : core.SendSlotAsync(_lease, Written);
        Forget();
        return result;
    }

    /// <summary>Gives the memory back unsent.</summary>
    public void Return()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
        else
        {
            _lease.Dispose();
        }

        Forget();
    }

    public override Span<byte> GetSpan() => _lease.Edit();

    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, _size);
        // SAFETY: the slab never moves, and the index was checked against the slot that this segment leases.
        return new MemoryHandle((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(GetSpan())) + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    private void Forget()
    {
        _lease = default;
        _array = null;
        _size = 0;
        Written = 0;
    }
}
