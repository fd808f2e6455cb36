using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Holds the caller's memory in place, again and again: what most memory is, an array, by one handle for life, because to make a handle and
/// free it takes three times what it takes to point it elsewhere.
/// </summary>
internal sealed unsafe class ReusablePin
{
    private PinnedGCHandle<byte[]?> _array = new(null);
    private MemoryHandle _other;

    // A handle need not keep its memory alive, that of unmanaged memory say: this does.
    private Memory<byte> _otherMemory;

    ~ReusablePin() => _array.Dispose();

    /// <summary>Until <see cref="Release"/> the memory stays where it is, and alive.</summary>
    /// <exception cref="ObjectDisposedException">Memory whose owner is disposed cannot be pinned.</exception>
    public byte* Hold(Memory<byte> memory)
    {
        if (MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment))
        {
            _array.Target = segment.Array;
            // SAFETY: the array is pinned from the line above on, so that the address stays what it is.
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory.Span));
        }

        _other = memory.Pin();
        _otherMemory = memory;
        return (byte*)_other.Pointer;
    }

    public void Release()
    {
        _array.Target = null;
        _other.Dispose();
        _other = default;
        _otherMemory = default;
    }
}
