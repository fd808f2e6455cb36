using System.Net;
using System.Net.Sockets;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>Client and server stream quotes to each other at the same time, over one connection.</summary>
internal sealed class TcpPhase(ZeroCopyEngine engine, Phase phase, IQuoteSender fromClient, IQuoteSender fromServer)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var accepting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? serverError = null;

        // The handler runs on its connection's loop: no thread is switched between the kernel's completion and this code.
        Task serving = listener.ServeAsync(
            peer => ConverseAsync(peer, fromServer, Origin.Server, cancellationToken),
            onError: (_, error) => serverError = error,
            accepting.Token);

        try
        {
            // For the client one phase shows ordinary async code on the thread pool: it works from any thread, and on the
            // socket's own loop it costs least.
            await (phase.InPlace
                ? engine.Loops[0].RunAsync(() => RunClientAsync(listener.LocalEndPoint, cancellationToken))
                : RunClientAsync(listener.LocalEndPoint, cancellationToken));
        }
        finally
        {
            accepting.Cancel();
            await serving;

            // When the server fails its client is only told of a reset; the server's own error says more.
            if (serverError is not null and not SocketException and not OperationCanceledException)
            {
                throw serverError;
            }
        }
    }

    private async Task RunClientAsync(EndPoint server, CancellationToken cancellationToken)
    {
        // A socket connected by code on a loop belongs to that loop.
        await using ZeroCopySocket socket = await engine.ConnectAsync(server, cancellationToken);
        await ConverseAsync(socket, fromClient, Origin.Client, cancellationToken);
    }

    private async Task ConverseAsync(ZeroCopySocket socket, IQuoteSender sender, Origin self, CancellationToken cancellationToken)
    {
        socket.Policy = phase.Policy;
        Task sending = SendAllAsync(socket, sender, self, cancellationToken);
        Task receiving = ReceiveAllAsync(socket, self == Origin.Client ? Origin.Server : Origin.Client, cancellationToken);
        Task first = await Task.WhenAny(sending, receiving);
        if (!first.IsCompletedSuccessfully)
        {
            // Neither direction is of use without the other.
            await socket.AbortAsync();
        }

        await Task.WhenAll(first, sending, receiving);
    }

    private async Task SendAllAsync(ZeroCopySocket socket, IQuoteSender sender, Origin self, CancellationToken cancellationToken)
    {
        // Sends that fit complete at once; without this, receiving would start only when one did not.
        await Task.Yield();
        for (int number = 0; number < phase.Messages; number++)
        {
            await sender.SendAsync(socket, Quotes.Make(self, number), cancellationToken);
        }

        socket.Shutdown(SocketShutdown.Send);
        await sender.AllRecycledAsync();
    }

    private async Task ReceiveAllAsync(ZeroCopySocket socket, Origin peer, CancellationToken cancellationToken)
    {
        int number = 0;
        await foreach (Quote.View quote in socket.ReceiveQuotesAsync(cancellationToken))
        {
            // A view is valid until the next iteration, and the compiler keeps it from crossing an await.
            Quotes.Verify(quote, peer, number++);
            phase.CountReceived();
        }

        if (number != phase.Messages)
        {
            throw new QuickstartException($"the stream ended after {number:N0} of {phase.Messages:N0} quotes");
        }
    }
}
