namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>The bits of the second word of RFC 1035, section 4.1.1, that stand for themselves.</summary>
[Flags]
public enum DnsFlags : ushort
{
    Response = 0x8000,
    Authoritative = 0x0400,
    Truncated = 0x0200,
    RecursionDesired = 0x0100,
    RecursionAvailable = 0x0080,
}

/// <summary>RFC 1035, section 4.1.1: a public format in network order.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct DnsHeader
{
    public ushort Id;
    public DnsFlags Flags;
    public ushort Questions;
    public ushort Answers;
    public ushort Authorities;
    public ushort Additionals;
}
