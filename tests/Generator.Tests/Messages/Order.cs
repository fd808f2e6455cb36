using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Generator.Tests.Messages;

public enum Side : byte
{
    Buy = 1,
    Sell = 2,
}

/// <summary>A signed enum with gaps, from the very bottom of its range.</summary>
public enum Venue : short
{
    Unknown = short.MinValue,
    Dark = -1,
    Primary = 0,
    Second = 1,
    Test = 100,
}

[Flags]
public enum OrderFlags : ushort
{
    None = 0,
    PostOnly = 1,
    Hidden = 4,
    Both = PostOnly | Hidden,
}

[InlineArray(8)]
public struct Symbol
{
    private byte _first;
}

[InlineArray(3)]
public struct Levels
{
    private int _first;
}

/// <summary>A message that only travels inside others.</summary>
[ZeroCopyBuffer(ByteOrder.LittleEndian)]
public partial struct Header
{
    public ushort Length;
    [Pad(1)] public bool IsReplay;
    public Venue Venue;
}

/// <summary>Everything a fixed-size message can hold besides plain scalars.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Order
{
    public Header Header;
    public Symbol Symbol;
    [Pad(3)] public Side Side;
    public OrderFlags Flags;
    [ByteOrder(ByteOrder.LittleEndian)] public Levels Levels;
    public InlineArray2<Side> Legs;
    public InlineArray4<bool> Conditions;
    [Pad(2)] internal uint Checksum;
    private ushort _reserved;

    public ushort Reserved
    {
        readonly get => _reserved;
        set => _reserved = value;
    }

    public const int NotAField = 3;
    public static int NeitherIsThis;
}
