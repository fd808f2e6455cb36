namespace Rtp;

/// <summary>What a receiver keeps of one source, after RFC 3550, appendices A.3 and A.8.</summary>
internal sealed class Reception
{
    private uint _cycles;
    private ushort _first;
    private ushort _highest;
    private uint _transit;

    public uint Received { get; private set; }

    /// <summary>Mean deviation of the transit time, in sixteenths of a clock tick.</summary>
    private uint ScaledJitter { get; set; }

    public uint ExtendedHighest => (_cycles << 16) + _highest;

    public int Lost => (int)(ExtendedHighest - _first + 1 - Received);

    /// <summary>Takes a packet in.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="arrival">When it came, in ticks of the payload's clock.</param>
    public void Add(RtpPacket.View packet, uint arrival)
    {
        uint transit = arrival - packet.Timestamp;
        if (Received++ == 0)
        {
            (_first, _highest, _transit) = (packet.Sequence, packet.Sequence, transit);
            return;
        }

        bool isAhead = (ushort)(packet.Sequence - _highest) < 0x8000;
        if (isAhead)
        {
            _cycles += packet.Sequence < _highest ? 1u : 0;
            _highest = packet.Sequence;
        }

        uint deviation = (uint)Math.Abs((int)(transit - _transit));
        _transit = transit;
        ScaledJitter += deviation - ((ScaledJitter + 8) >> 4);
    }

    public ReportBlock Report(uint source) => new()
    {
        Source = source,
        FractionLost = (byte)Math.Clamp(256 * Lost / Math.Max(1, (int)Received + Lost), 0, 255),
        CumulativeLost = Lost,
        HighestSequence = ExtendedHighest,
        Jitter = ScaledJitter >> 4,
    };
}
