namespace ZeroCopySockets.Runtime.Tests;

/// <summary>A small message: below the zero-copy threshold.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Tick
{
    public ulong Sequence;
    public long PriceNanos;
    public uint Quantity;
    public bool IsLast;
}
