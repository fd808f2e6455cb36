using System.Buffers;

namespace ZeroCopySockets.Buffers;

/// <summary>Shows a received buffer to an API that takes <see cref="Memory{T}"/>. One per buffer, made when first asked for.</summary>
internal sealed unsafe class ReceiveMemory(ReceiveBuffers buffers, int slot) : MemoryManager<byte>
{
    private uint _generation;

    public ReadOnlyMemory<byte> Lend(uint generation, int start, int length)
    {
        _generation = generation;
        return CreateMemory(start, length);
    }

    public override Span<byte> GetSpan() => buffers.Whole(slot, _generation);

    /// <summary>Whoever pins hands out an address: the buffer stays where it is even when the lease ends first.</summary>
    public override MemoryHandle Pin(int elementIndex = 0) => new(buffers.Pin(slot, _generation) + elementIndex, default, this);

    public override void Unpin() => buffers.Unpin(slot);

    protected override void Dispose(bool disposing)
    {
    }
}
