using System.Collections;
using System.Net;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>
/// The client sends quotes and the server answers each with one of its own. The client keeps a bounded number unanswered:
/// UDP has no flow control, and a receive buffer that overflows loses datagrams.
/// </summary>
internal sealed class UdpPhase(ZeroCopyEngine engine, Phase phase, IQuoteSender fromClient, IQuoteSender fromServer)
{
    private const int Window = 64;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        server.Policy = phase.Policy;
        client.Policy = phase.Policy;

        // One side failing ends the other, which would wait for it for ever.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // On a socket's own loop its code costs least; for the client one phase shows ordinary async code instead.
        Task serving = server.Loop.RunAsync(() => ServeAsync(server, either.Token));
        Task asking = phase.InPlace
            ? client.Loop.RunAsync(() => AskAsync(client, server.LocalEndPoint, either.Token))
            : AskAsync(client, server.LocalEndPoint, either.Token);
        Task first = await Task.WhenAny(serving, asking);
        if (!first.IsCompletedSuccessfully)
        {
            either.Cancel();
        }

        await Task.WhenAll(first, serving, asking);
    }

    private async Task AskAsync(ZeroCopyDatagramSocket socket, PeerAddress server, CancellationToken cancellationToken)
    {
        var seen = new BitArray(phase.Messages);
        int sent = 0;
        int received = 0;
        await using DatagramReceiver<Quote.View> answers = socket.ReceiveQuotesAsync(cancellationToken);
        while (received < phase.Messages)
        {
            while (sent < phase.Messages && sent - received < Window)
            {
                await fromClient.SendAsync(socket, Quotes.Make(Origin.Client, sent++), server, cancellationToken);
            }

            await answers.MoveNextAsync();
            Take(answers.Current.Message, Origin.Server, seen);
            received++;
        }

        await fromClient.AllRecycledAsync();
    }

    private async Task ServeAsync(ZeroCopyDatagramSocket socket, CancellationToken cancellationToken)
    {
        var seen = new BitArray(phase.Messages);
        int received = 0;
        await foreach (Datagram<Quote.View> datagram in socket.ReceiveQuotesAsync(cancellationToken))
        {
            int number = Take(datagram.Message, Origin.Client, seen);
            await fromServer.SendAsync(socket, Quotes.Make(Origin.Server, number), datagram.From, cancellationToken);
            if (++received == phase.Messages)
            {
                break;
            }
        }

        await fromServer.AllRecycledAsync();
    }

    /// <summary>Datagrams may come in any order, so each is checked against its own number, and each number must come once.</summary>
    private int Take(Quote.View quote, Origin origin, BitArray seen)
    {
        if (quote.Sequence >= (ulong)seen.Length || seen[(int)quote.Sequence])
        {
            throw new QuickstartException($"quote {quote.Sequence:N0} arrived twice or was never sent");
        }

        int number = (int)quote.Sequence;
        Quotes.Verify(quote, origin, number);
        seen[number] = true;
        phase.CountReceived();
        return number;
    }
}
