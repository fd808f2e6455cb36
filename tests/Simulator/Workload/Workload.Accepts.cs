using System.Net.Sockets;
using ZeroCopySockets.Simulator.Kernel;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Simulator;

/// <summary>Connections that peers make: some are talked to, some closed at once, some never claimed.</summary>
internal sealed partial class Workload
{
    private const int MostStreams = 6;

    private SocketCore? _listening;
    private ZeroCopyListener? _listener;
    private int _accepting;

    private void Listen()
    {
        if (Settings.Callers == 0)
        {
            return;
        }

        ZeroCopyLoop loop = engine.Loops[Chance.Between(0, engine.Loops.Count - 1)];
        _listening = new SocketCore(engine, loop, new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        kernel.AddListener(_listening, new SimulatedListener(kernel, "the listener"));
        _listener = new ZeroCopyListener(_listening);
        for (int i = Chance.Between(1, 2); i > 0; i--)
        {
            StartScript("an accepting script", () => AcceptScriptAsync(_listener, _listening));
        }
    }

    private async Task AcceptScriptAsync(ZeroCopyListener listener, SocketCore listening)
    {
        // Some stop early: what comes then is nobody's.
        for (int left = Chance.Pick<int>([1, 4, 1_000]); left > 0 && !IsEnding; left--)
        {
            CancellationToken token = MaybeCancelled();
            try
            {
                Converse(await AcceptAsync(listener, token));
            }
            catch (OperationCanceledException)
            {
                Explain(token.IsCancellationRequested, "an accept that nobody cancelled was cancelled");
            }
            catch (SocketException e)
            {
                if (listening.IsClosing || IsEnding)
                {
                    return;
                }

                Explain(kernel.ErrorsInjected > 0, $"an accept failed with {e.SocketErrorCode} though nothing happened to its listener");
                await PauseAsync(2_000);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }

        if (Chance.Happens(0.3))
        {
            Watch("a listener's dispose", () => listener.DisposeAsync().AsTask());
        }
    }

    private async Task<ZeroCopySocket> AcceptAsync(ZeroCopyListener listener, CancellationToken token)
    {
        _accepting++;
        try
        {
            return await listener.AcceptAsync(token);
        }
        finally
        {
            _accepting--;
        }
    }

    private void Converse(ZeroCopySocket accepted)
    {
        if (_streams.Count >= MostStreams || Chance.Happens(0.2))
        {
            if (Chance.Happens(0.5))
            {
                accepted.Dispose();
            }

            // Or it is forgotten, which is the engine's to end.
            return;
        }

        _streams.Add(accepted);
        StartScripts(accepted);
    }
}
