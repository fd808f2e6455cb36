using ZeroCopySockets;

namespace Quickstart;

/// <summary>All phases in turn, over one engine, and their account.</summary>
internal sealed class Run(ZeroCopyEngine engine, Options options)
{
    private readonly List<Phase> _phases = [];

    /// <summary>Runs the phases and disposes the engine. True when everything sent was received and came back.</summary>
    public async Task<bool> ToEndAsync(CancellationToken cancellationToken)
    {
        var progress = new Progress();
        bool finished = false;
        try
        {
            await progress.ShowWhileAsync(() => RunPhasesAsync(progress, cancellationToken));
            finished = true;
        }
        finally
        {
            await engine.DisposeAsync();
            if (finished)
            {
                Report.WriteTable(_phases);
            }

            // Also after a failure or Ctrl+C: the kernel must owe nothing however the run ended.
            WriteAccount();
        }

        return IsBalanced;
    }

    private bool IsBalanced => Sent == Received && Sent == Recycled && Owed == 0;

    private long Sent => _phases.Sum(phase => phase.Sent);

    private long Received => _phases.Sum(phase => phase.Received);

    private long Recycled => _phases.Sum(phase => phase.Recycled);

    private long Owed => Phase.OwedIn(engine.GetStatistics());

    private async Task RunPhasesAsync(Progress progress, CancellationToken cancellationToken)
    {
        foreach (Transport transport in options.Transports)
        {
            foreach (bool inPlace in new[] { false, true })
            {
                ZeroCopyPolicy policy = options.Policy ?? (inPlace ? ZeroCopyPolicy.Always : ZeroCopyPolicy.Adaptive);
                var phase = new Phase(transport, inPlace, policy, options.Messages);
                _phases.Add(phase);
                await RunPhaseAsync(phase, progress, cancellationToken);
            }
        }
    }

    private async Task RunPhaseAsync(Phase phase, Progress progress, CancellationToken cancellationToken)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        phase.Start(engine);
        progress.Follow(phase, stalled);
        try
        {
            using IQuoteSender fromClient = SenderFor(phase);
            using IQuoteSender fromServer = SenderFor(phase);
            await (phase.Transport == Transport.Tcp
                ? new TcpPhase(engine, phase, fromClient, fromServer).RunAsync(stalled.Token)
                : new UdpPhase(engine, phase, fromClient, fromServer).RunAsync(stalled.Token));
        }
        catch (Exception e) when (stalled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            string guess = phase.Transport == Transport.Udp ? "a datagram was lost" : "a peer stopped";
            throw new QuickstartException($"{phase.Name}: nothing arrived for {Progress.StallLimitSeconds} s, after {phase.Received:N0} of {2L * phase.Messages:N0} messages: {guess} ({e.Message})");
        }
        catch (QuickstartException e)
        {
            throw new QuickstartException($"{phase.Name}: {e.Message}");
        }
        finally
        {
            progress.Follow(null, null);
            phase.Stop(engine);
        }
    }

    private IQuoteSender SenderFor(Phase phase) => phase.InPlace ? new InPlaceSender(engine, phase) : new EverydaySender(phase);

    private void WriteAccount() => Console.Out.WriteLine($"quickstart: sent={Sent} received={Received} recycled={Recycled} owed={Owed}");
}
