namespace ZeroCopySockets.Buffers;

/// <summary>
/// One contiguous region of page-aligned memory that is registered with the kernel once, at start-up. Never unmapped
/// while the kernel may still read from it: whoever frees it must have seen every notification.
/// </summary>
internal abstract unsafe class Slab(byte* address, nuint length)
{
    public byte* Address { get; } = address;

    public nuint Length { get; } = length;

    /// <summary>Gives the memory back. Legal only when nothing in it is in flight.</summary>
    public abstract void Free();
}
