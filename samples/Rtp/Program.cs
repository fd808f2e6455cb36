using System.Diagnostics;
using System.Net;
using Rtp;
using ZeroCopySockets;

// A second of telephone audio goes out as RTP, in packets of 20 ms; one of them is left out. The receiver answers with an
// RTCP report, and the sender reads from it what was lost.
const uint Source = 0x5501A0B2;
const int Packets = 50;
const int SamplesPerPacket = 160;
const int ClockRate = 8000;
const int LeftOut = 20;
const ushort FirstSequence = 65_530;

await using ZeroCopyEngine engine = ZeroCopyEngine.Create();
await using ZeroCopyDatagramSocket speaker = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
await using ZeroCopyDatagramSocket listener = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
speaker.Connect(listener.LocalEndPoint);
listener.Connect(speaker.LocalEndPoint);
await using DatagramReceiver<RtpPacket.View> audio = listener.ReceiveRtpPacketsAsync();
await using DatagramReceiver<SenderReport.View> reports = speaker.ReceiveSenderReportsAsync();

var reception = new Reception();
byte[] samples = new byte[SamplesPerPacket];
for (int i = 0; i < Packets; i++)
{
    MuLaw.Tone(samples, 440, i * SamplesPerPacket, ClockRate);
    if (i == LeftOut)
    {
        continue;
    }

    await speaker.SendZeroCopyAsync(Packet(i));
    await audio.MoveNextAsync();
    uint now = (uint)(Stopwatch.GetTimestamp() * ClockRate / Stopwatch.Frequency);
    reception.Add(audio.Current.Message, now);
}

await listener.SendZeroCopyAsync(new SenderReport { Length = SenderReport.Words, Source = ~Source, Report = reception.Report(Source) });
await reports.MoveNextAsync();
return Print(reports.Current.Message);

// Not in the loop: the payload is a span, which may not live across an await.
RtpPacket Packet(int i) => new()
{
    Marker = i == 0,
    PayloadType = PayloadType.Pcmu,
    Sequence = unchecked((ushort)(FirstSequence + i)),
    Timestamp = (uint)(i * SamplesPerPacket),
    Source = Source,
    Payload = samples,
};

int Print(SenderReport.View report)
{
    Console.WriteLine($"rtp: sent={Packets - 1} received={reception.Received} lost={report.Report.CumulativeLost} highest={report.Report.HighestSequence}");
    return reception.Received == Packets - 1 && report.Report.CumulativeLost == 1 ? 0 : 1;
}
