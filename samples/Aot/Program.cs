using System.Net;
using System.Runtime.CompilerServices;
using ZeroCopySockets;

namespace Aot;

/// <summary>A message with a checksum, so that what arrives is known to be what was sent.</summary>
[ZeroCopyBuffer(ByteOrder.BigEndian)]
public partial struct Quote
{
    [Magic("ZC")] public InlineArray2<byte> Mark;
    public ulong Sequence;
    public decimal Price;
    [Checksum(ChecksumAlgorithm.Crc32C)] public uint Crc;
}

/// <summary>Sends and receives over TCP and UDP on loopback, as a native executable without a JIT.</summary>
internal static class Program
{
    private const int Messages = 1000;

    // A UDP receiver that falls behind drops; so few in flight fit into any socket's buffer.
    private const int DatagramsInFlight = 16;

    private static async Task<int> Main()
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create();
        Console.WriteLine($"engine: {engine.Description}");
        int tcp = await SendOverTcpAsync(engine);
        int udp = await SendOverUdpAsync(engine);
        bool isNative = !RuntimeFeature.IsDynamicCodeSupported;
        Console.WriteLine($"aot: native={isNative} tcp={tcp} udp={udp}");
        return tcp == Messages && udp == Messages ? 0 : 1;
    }

    private static async Task<int> SendOverTcpAsync(ZeroCopyEngine engine)
    {
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        Task sending = Task.Run(async () =>
        {
            using Quote.Buffer quote = client.RentQuote();
            for (ulong i = 1; i <= Messages; i++)
            {
                quote.Edit().Sequence = i;
                await client.SendAndRecycleAsync(quote);
            }
        });
        int received = 0;
        await foreach (Quote.View quote in server.ReceiveQuotesAsync())
        {
            received += quote.Sequence == (ulong)received + 1 ? 1 : 0;
            if (quote.Sequence == Messages)
            {
                break;
            }
        }

        await sending;
        return received;
    }

    private static async Task<int> SendOverUdpAsync(ZeroCopyEngine engine)
    {
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        sender.Connect(receiver.LocalEndPoint);
        await using DatagramReceiver<Quote.View> datagrams = receiver.ReceiveQuotesAsync();
        int received = 0;
        for (int sent = 0; sent < Messages; sent += DatagramsInFlight)
        {
            int round = Math.Min(DatagramsInFlight, Messages - sent);
            for (int i = 1; i <= round; i++)
            {
                await sender.SendZeroCopyAsync(new Quote { Sequence = (ulong)(sent + i), Price = 99.95m });
            }

            for (int i = 0; i < round && await datagrams.MoveNextAsync(); i++)
            {
                received += datagrams.Current.Status.IsOk && datagrams.Current.Message.Price == 99.95m ? 1 : 0;
            }
        }

        return received;
    }
}
