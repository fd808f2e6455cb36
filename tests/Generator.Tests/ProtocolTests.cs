using Rtp;
using ZeroCopySockets.Generator.Tests.Messages;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Public protocols, written with the attributes alone, against the bytes their specifications print.</summary>
public class ProtocolTests
{
    /// <summary>RFC 7714, section 16: the RTP packet its examples protect.</summary>
    private const string RtpOfRfc7714 = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573";

    /// <summary>RFC 7714, section 17: the RTCP packet its examples protect. Its length is one word more than it has.</summary>
    private const string RtcpOfRfc7714 = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef";

    [Fact]
    public void An_rtp_packet_is_read_as_RFC_3550_lays_it_out()
    {
        byte[] bytes = Wire.Hex(RtpOfRfc7714);

        Assert.True(RtpPacket.View.TryParse(bytes, out RtpPacket.View packet).IsOk);
        Assert.Equal((2, false, 0, 0), (packet.Version, packet.HasPadding, packet.Extensions, packet.ContributingSources));
        Assert.Equal((false, (PayloadType)64), (packet.Marker, packet.PayloadType));
        Assert.Equal(((ushort)0xF17B, 0x8041F8D3u, 0x5501A0B2u), (packet.Sequence, packet.Timestamp, packet.Source));
        Assert.Equal("Gallia est omnis divisa in partes tres"u8, packet.Payload);
    }

    [Fact]
    public void An_rtp_packet_is_written_as_RFC_3550_lays_it_out()
    {
        var packet = new RtpPacket
        {
            PayloadType = (PayloadType)64,
            Sequence = 0xF17B,
            Timestamp = 0x8041F8D3,
            Source = 0x5501A0B2,
            Payload = "Gallia est omnis divisa in partes tres"u8,
        };

        Assert.Equal(Wire.Hex(RtpOfRfc7714), Wire.Encode(packet));
    }

    [Fact]
    public void A_sender_report_is_read_and_written_as_RFC_3550_lays_it_out()
    {
        byte[] bytes = Wire.Hex(RtcpOfRfc7714);

        SenderReport report = Wire.Decode<SenderReport>(bytes);
        Assert.Equal((1, 200, 13), (report.Reports, report.PacketType, report.Length));
        Assert.Equal((0x4D617273u, 0x4E5450314E545032u, 0x52545020u), (report.Source, report.NtpTime, report.RtpTime));
        Assert.Equal((0x42Au, 0xE930u), (report.PacketCount, report.OctetCount));
        Assert.Equal((0x4C756E61u, 0xDE, unchecked((int)0xFFADBEEF)), (report.Report.Source, report.Report.FractionLost, report.Report.CumulativeLost));
        Assert.Equal(bytes, Wire.Encode(report));
        Assert.Equal(12, SenderReport.Words);
    }

    [Theory]
    [InlineData(0x40, "Version", "must be 2")]
    [InlineData(0x91, "Extensions", "must be 0")]
    [InlineData(0x83, "ContributingSources", "must be 0")]
    public void A_packet_of_another_version_or_with_parts_that_are_not_spoken_is_refused(byte first, string field, string reason)
    {
        byte[] bytes = Wire.Hex(RtpOfRfc7714);
        bytes[0] = first;

        Assert.Equal(ParseStatus.Invalid(field, reason), Wire.Status<RtpPacket>(bytes));
    }

    [Theory]
    [InlineData("0000 0100 0001 0000 0000 0000", false, true, false, 0, 1, 0)]
    [InlineData("0000 8180 0001 0001 0000 0000", true, true, true, 0, 1, 1)]
    public void The_headers_of_the_dns_messages_in_RFC_8484_are_read_as_RFC_1035_lays_them_out(
        string hex, bool isResponse, bool recursionDesired, bool recursionAvailable, byte code, ushort questions, ushort answers)
    {
        DnsMessageHeader header = Wire.Decode<DnsMessageHeader>(Wire.Hex(hex));

        Assert.Equal((isResponse, recursionDesired, recursionAvailable), (header.IsResponse, header.RecursionDesired, header.RecursionAvailable));
        Assert.Equal((code, questions, answers), (header.ResponseCode, header.Questions, header.Answers));
        Assert.Equal(Wire.Hex(hex), Wire.Encode(header));
    }
}
