namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>The header of a payload, which is not part of the message.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Chunk
{
    [Magic(0xC0DE)] public ushort Mark;
    public byte Index;
    [Payload(Max = 100_000)] public uint Bytes;
    [Checksum(ChecksumAlgorithm.Internet)] public ushort HeaderChecksum;
}

/// <summary>The length counts the four bytes of the header too.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Parcel
{
    [Payload(Max = 50, Adjust = -4)] private ushort _length;
    [Discriminator(7)] public ushort Type;
}
