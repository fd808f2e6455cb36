namespace ZeroCopySockets.Runtime.Tests;

/// <summary>Framed by its own length; up to 3 KiB, so that several share a slot and one may need most of it.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Note
{
    [LengthOf] public ushort Length;
    [Discriminator('N')] public byte Type;
    public uint Number;

    [Tail(Max = 3000)]
    public partial ReadOnlySpan<byte> Text { get; set; }

    /// <summary>The note with that number, whose length and bytes follow from it.</summary>
    public static Note Of(uint number)
    {
        Span<byte> text = stackalloc byte[(int)(number * 977 % 3001)];
        text.Fill((byte)number);
        return new Note { Number = number, Text = text };
    }
}

/// <summary>Another message of the same stream, of fixed size.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Beat
{
    [LengthOf] public ushort Length;
    [Discriminator('B')] public byte Type;
    public uint Number;
}

/// <summary>Either of them.</summary>
[MessageSet(typeof(Note), typeof(Beat))]
public readonly ref partial struct Mixed;

/// <summary>Ends where its datagram ends.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Line
{
    public ushort Number;

    [Tail(Max = 100)]
    public partial ReadOnlySpan<byte> Text { get; set; }
}

/// <summary>The header of a payload.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Part
{
    public uint Number;
    [Payload(Max = 200_000)] public uint Bytes;
}
