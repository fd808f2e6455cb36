namespace ZeroCopySockets.Generator.Tests.Messages;

/// <summary>RFC 1035, section 4.1.1, bit by bit.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
[BitOrder(BitOrder.MsbFirst)]
public partial struct DnsMessageHeader
{
    public ushort Id;
    [Bits(1)] public bool IsResponse;
    [Bits(4)] public byte Opcode;
    [Bits(1)] public bool IsAuthoritative;
    [Bits(1)] public bool IsTruncated;
    [Bits(1)] public bool RecursionDesired;
    [Bits(1)] public bool RecursionAvailable;
    [Bits(3), Magic(0)] public byte Reserved;
    [Bits(4)] public byte ResponseCode;
    public ushort Questions;
    public ushort Answers;
    public ushort Authorities;
    public ushort Additionals;
}
