using System.Buffers;

namespace ZeroCopySockets.Buffers;

/// <summary>Shows a received buffer to an API that takes <see cref="Memory{T}"/>. One per lease that is asked for it: it must not outlive that lease.</summary>
internal sealed unsafe class ReceiveMemory(ReceiveBuffers buffers, int slot, uint generation) : MemoryManager<byte>
{
    public uint Generation => generation;

    public ReadOnlyMemory<byte> Part(int start, int length) => CreateMemory(start, length);

    public override Span<byte> GetSpan() => buffers.Whole(slot, generation);

    /// <summary>Whoever pins hands out an address: the buffer stays where it is even when the lease ends first.</summary>
    public override MemoryHandle Pin(int elementIndex = 0) => new(buffers.Pin(slot, generation) + elementIndex, default, this);

    public override void Unpin() => buffers.Unpin(slot);

    protected override void Dispose(bool disposing)
    {
    }
}
