using System.Buffers;

namespace ZeroCopySockets.Portable;

/// <summary>Shows native or pinned memory to an API that takes <see cref="Memory{T}"/>.</summary>
internal sealed unsafe class PointerMemory(byte* pointer, int length) : MemoryManager<byte>
{
    // SAFETY: whoever submits an operation keeps its memory in place until the terminal completion (Submission.Buffer),
    // and this object lives no longer than that operation.
    public override Span<byte> GetSpan() => new(pointer, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(pointer + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
