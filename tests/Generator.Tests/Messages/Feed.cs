namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>One of a set: of fixed size, its tag behind a length that every message of the set starts with.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Trade
{
    [LengthOf] public ushort Length;
    [Discriminator('T')] public byte Type;
    public uint Price;
    public Side Side;
}

/// <summary>Another, of variable size and with a checksum over all of it.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Notice
{
    [LengthOf] public ushort Length;
    [Discriminator('N')] public byte Type;
    [Checksum(ChecksumAlgorithm.Crc32C)] public uint Checksum;

    [Tail(Max = 40)]
    public partial ReadOnlySpan<byte> Text { get; set; }
}

/// <summary>Another, with a group of messages that have a value filled in themselves.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Depth
{
    [LengthOf] public ushort Length;
    [Discriminator('D')] public byte Type;

    [Group(Max = 3)]
    public partial ReadOnlySpan<Marked> Levels { get; set; }
}

/// <summary>An entry with a magic value.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Marked
{
    [Magic(0xBEEF)] public ushort Mark;
    public byte Value;
}

/// <summary>Any one of them.</summary>
[MessageSet(typeof(Trade), typeof(Notice), typeof(Depth))]
public readonly ref partial struct Feed;
