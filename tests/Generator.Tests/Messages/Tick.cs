namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>The message of the README.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Tick
{
    public ulong Sequence;
    public long PriceNanos;
    public uint Quantity;
}
