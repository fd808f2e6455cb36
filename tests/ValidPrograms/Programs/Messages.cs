namespace ZeroCopySockets.ValidPrograms;

/// <summary>One price of a market.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Tick
{
    public ulong Sequence;
    public long PriceNanos;
    public uint Quantity;
}

/// <summary>Says that its sender is alive.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Heartbeat
{
    public ulong Beat;
    public long UnixMilliseconds;
}

/// <summary>Asks for the value of a key.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Request
{
    public uint Id;
    public uint Key;
}

/// <summary>The answer to a <see cref="Request"/>.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Reply
{
    public uint Id;
    public uint Status;
    public ulong Value;
}

/// <summary>Goes before a body of so many bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct FrameHeader
{
    public uint Length;
    public ushort Kind;
    public ushort Flags;
}
