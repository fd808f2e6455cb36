using System.Runtime.CompilerServices;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>Who sent a quote. A value that is not listed here never gets past the receiver.</summary>
public enum Origin : byte
{
    Client = 1,
    Server = 2,
}

/// <summary>Eight ASCII characters.</summary>
[InlineArray(8)]
public struct Symbol
{
    private byte _first;
}

/// <summary>What a few price levels hold.</summary>
[InlineArray(4)]
public struct Depth
{
    private uint _first;
}

/// <summary>A message that travels inside others.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Header
{
    public ushort Version;
    [Pad(1)] public Origin Origin;
}

/// <summary>The message of this sample. Hover over it to see its layout on the wire, byte by byte.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Quote
{
    public Header Header;
    public ulong Sequence;
    public long BidNanos;
    public long AskNanos;
    public uint Quantity;
    [Pad(3)] public bool IsFirm;
    public Symbol Symbol;
    public Depth Depth;
}
