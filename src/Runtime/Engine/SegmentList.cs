using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Engine;

/// <summary>A piece of memory as the kernel is told of it. Laid out as struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Segment
{
    public byte* Buffer;
    public nuint Length;
}

/// <summary>Segments in pinned memory, for as long as an operation that names them is out.</summary>
internal sealed unsafe class SegmentList
{
    /// <summary>Segments of one message at the most (IOV_MAX, sendmsg(2)).</summary>
    public const int MaxSegments = 1024;

    private Segment[] _segments = GC.AllocateUninitializedArray<Segment>(4, pinned: true);

    public int Count { get; private set; }

    // SAFETY: the array is pinned (GC.AllocateArray, pinned: true) and held by this object, which its operation holds and
    // the ring's table roots until the terminal completion.
    public Segment* Pointer => (Segment*)Unsafe.AsPointer(ref _segments[0]);

    public void Add(byte* buffer, int length)
    {
        if (Count == _segments.Length)
        {
            Segment[] larger = GC.AllocateUninitializedArray<Segment>(Count * 2, pinned: true);
            _segments.CopyTo(larger, 0);
            _segments = larger;
        }

        _segments[Count++] = new Segment { Buffer = buffer, Length = (nuint)length };
    }

    public void Clear() => Count = 0;
}
