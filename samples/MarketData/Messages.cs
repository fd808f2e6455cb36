using ZeroCopySockets;

namespace MarketData;

// The order messages of NASDAQ TotalView-ITCH 5.0, as the field tables of its specification have them: big-endian, text padded
// with spaces, prices with four decimals, nanoseconds since midnight in six bytes. And a snapshot of our own, for what ITCH
// has no example of: repeating groups, and members that came later.

/// <summary>Which side of the book.</summary>
public enum BuySell : byte
{
    Buy = (byte)'B',
    Sell = (byte)'S',
}

/// <summary>Where in its day the feed is.</summary>
public enum EventCode : byte
{
    StartOfMessages = (byte)'O',
    StartOfSystemHours = (byte)'S',
    StartOfMarketHours = (byte)'Q',
    EndOfMarketHours = (byte)'M',
    EndOfSystemHours = (byte)'E',
    EndOfMessages = (byte)'C',
}

/// <summary>Whether an execution belongs on the tape.</summary>
public enum Printable : byte
{
    No = (byte)'N',
    Yes = (byte)'Y',
}

/// <summary>System event, 12 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct SystemEvent
{
    [Discriminator('S')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public EventCode Event;
}

/// <summary>Add order without attribution, 36 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct AddOrder
{
    [Discriminator('A')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong Reference;
    public BuySell Side;
    public uint Shares;

    [Text(8, TextEncoding.Ascii, Padding = ' ')]
    public partial string Stock { get; set; }

    public uint Price;
}

/// <summary>Order executed, 31 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct OrderExecuted
{
    [Discriminator('E')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong Reference;
    public uint Shares;
    public ulong MatchNumber;
}

/// <summary>Order executed at another price than its own, 36 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct OrderExecutedWithPrice
{
    [Discriminator('C')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong Reference;
    public uint Shares;
    public ulong MatchNumber;
    public Printable Printable;
    public uint Price;
}

/// <summary>Order cancel, in part, 23 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct OrderCancel
{
    [Discriminator('X')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong Reference;
    public uint Shares;
}

/// <summary>Order delete, 19 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct OrderDelete
{
    [Discriminator('D')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong Reference;
}

/// <summary>Order replace, 35 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct OrderReplace
{
    [Discriminator('U')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong OriginalReference;
    public ulong NewReference;
    public uint Shares;
    public uint Price;
}

/// <summary>Trade against an order that was never shown, 44 bytes.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct NonCrossTrade
{
    [Discriminator('P')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    public ulong Reference;
    public BuySell Side;
    public uint Shares;

    [Text(8, TextEncoding.Ascii, Padding = ' ')]
    public partial string Stock { get; set; }

    public uint Price;
    public ulong MatchNumber;
}

/// <summary>All shares at one price.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct PriceLevel
{
    public uint Price;
    public uint Shares;
    public ushort Orders;
}

/// <summary>The book of one stock; not an ITCH message. A price of the last execution was added in version 1.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
public partial struct BookSnapshot
{
    [Discriminator('k')] public byte Type;
    public ushort StockLocate;
    public ushort TrackingNumber;
    [Bits(48)] public ulong Timestamp;
    [BlockLength] public ushort BlockLength;

    [Text(8, TextEncoding.Ascii, Padding = ' ')]
    public partial string Stock { get; set; }

    [Since(1)] public uint LastPrice;

    [Group(Max = 100)]
    public partial ReadOnlySpan<PriceLevel> Bids { get; set; }

    [Group(Max = 100)]
    public partial ReadOnlySpan<PriceLevel> Asks { get; set; }
}

/// <summary>Whichever message of the feed arrives.</summary>
[MessageSet(
    typeof(SystemEvent), typeof(AddOrder), typeof(OrderExecuted), typeof(OrderExecutedWithPrice), typeof(OrderCancel), typeof(OrderDelete),
    typeof(OrderReplace), typeof(NonCrossTrade), typeof(BookSnapshot))]
public readonly ref partial struct FeedMessage;
