namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>Fixed buffers, keywords as names, nesting inside other types.</summary>
public static partial class Legacy
{
    public partial record Envelope
    {
        [ZeroCopyBuffer(ByteOrder.LittleEndian)]
        public unsafe partial struct @event
        {
            public ushort @class;
            public fixed byte Tag[4];
            public fixed uint Counters[2];
            public fixed bool Bits[2];
            public fixed char Text[2];
            public byte value;
        }
    }
}

/// <summary>A record may be a message as long as its storage is fields.</summary>
[ZeroCopyBuffer]
internal partial record struct Probe
{
    public byte Ttl;
    public sbyte Offset;
}
