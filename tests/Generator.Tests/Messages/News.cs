namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>Framed by its own length, which leaves out the two bytes of the length itself, with a counted tail of bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct News
{
    [LengthOf(Adjust = 2)] public ushort Length;
    public byte Kind;

    [Text(6, TextEncoding.Ascii, Padding = ' ')]
    public partial string Symbol { get; set; }

    [CountOf(nameof(Body))] public byte BodyLength;

    [Tail(Max = 200)]
    public partial ReadOnlySpan<byte> Body { get; set; }
}

/// <summary>One level of a book, as an entry of a group.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Level
{
    public Side Side;
    public uint Price;
    public ushort Quantity;
}

/// <summary>Two groups and a tail of numbers, whose bytes are counted.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Book
{
    public uint Sequence;
    [LengthOf(nameof(Trades))] public ushort TradeBytes;

    [Group(Max = 4)]
    public partial ReadOnlySpan<Level> Bids { get; set; }

    [Group(Max = 3, MaxEntryBytes = 9)]
    internal partial ReadOnlySpan<Level> Asks { readonly get; set; }

    [Tail(Max = 5), ByteOrder(ByteOrder.BigEndian)]
    public partial ReadOnlySpan<ushort> Trades { get; set; }
}

/// <summary>Ends where its datagram ends.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Beacon
{
    public ushort Id;

    [Text(5, TextEncoding.Utf8)]
    private partial string Name { get; set; }

    [Tail(Max = 4)]
    public partial ReadOnlySpan<Level> Levels { get; set; }

    public string PublicName
    {
        get => Name;
        set => Name = value;
    }
}

/// <summary>In its third version: two members were appended since the first.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Profile
{
    [BlockLength(Max = 40)] public ushort BlockLength;
    [CountOf(nameof(Scores), Adjust = -1)] private byte _scoreCount;
    public uint Id;
    [Since(1)] public ushort Age;
    [Since(2)] public Side Side;

    [Since(2), Text(4, TextEncoding.Ascii)]
    public partial string Country { get; set; }

    [Tail(Max = 3)]
    public partial ReadOnlySpan<short> Scores { get; set; }
}
