using ZeroCopySockets;

namespace Rtp;

/// <summary>What a payload is, RFC 3551, table 4. Sessions agree on more, so others are accepted.</summary>
public enum PayloadType : byte
{
    Pcmu = 0,
    Gsm = 3,
    Pcma = 8,
    L16Mono = 11,
}

/// <summary>
/// An RTP packet, RFC 3550, section 5.1, of a sender that mixes nothing and extends nothing: what names other sources or
/// extensions is refused. The payload ends where the datagram does.
/// </summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct RtpPacket
{
    [Bits(2), Magic(2)] public byte Version;
    [Bits(1)] public bool HasPadding;
    [Bits(1), Magic(0)] public byte Extensions;
    [Bits(4), Magic(0)] public byte ContributingSources;
    [Bits(1)] public bool Marker;
    [Bits(7), OpenEnum] public PayloadType PayloadType;
    public ushort Sequence;
    public uint Timestamp;
    public uint Source;

    [Tail(Max = 1400)]
    public partial ReadOnlySpan<byte> Payload { get; set; }
}

/// <summary>What a receiver saw of one source, RFC 3550, section 6.4.1.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct ReportBlock
{
    public uint Source;

    /// <summary>Of 256 packets since the last report.</summary>
    public byte FractionLost;

    /// <summary>Since the start; negative when packets arrived more than once.</summary>
    [Bits(24)] public int CumulativeLost;
    public uint HighestSequence;
    public uint Jitter;
    public uint LastReport;
    public uint DelaySinceLastReport;
}

/// <summary>A sender report with one report block, RFC 3550, section 6.4.1.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct SenderReport
{
    [Bits(2), Magic(2)] public byte Version;
    [Bits(1)] public bool HasPadding;
    [Bits(5), Magic(1)] public byte Reports;
    [Magic(200)] public byte PacketType;

    /// <summary>Words of 32 bits after the first: <see cref="Words"/>.</summary>
    public ushort Length;
    public uint Source;
    public ulong NtpTime;
    public uint RtpTime;
    public uint PacketCount;
    public uint OctetCount;
    public ReportBlock Report;

    /// <summary>What <see cref="Length"/> says of a report that nothing follows.</summary>
    public const ushort Words = (WireSize / 4) - 1;
}
