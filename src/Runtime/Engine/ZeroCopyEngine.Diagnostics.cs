using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets;

/// <summary>What an engine tells of itself.</summary>
public sealed partial class ZeroCopyEngine
{
    private static int s_lastId;

    /// <summary>
    /// Guard mode found that memory was written or given up while the kernel had it. Raised on the thread pool. Where nobody listens, the report
    /// goes to the standard error stream: setting the environment variable must be enough to see it.
    /// </summary>
    public event EventHandler<GuardViolationEventArgs>? GuardViolated;

    /// <summary>Tells the engines of a process apart in events and metrics; from 1, in the order of their creation.</summary>
    public int Id { get; } = Interlocked.Increment(ref s_lastId);

    internal void OnGuardViolated(GuardViolationEventArgs violation) =>
        // Completions are being handed out: no user code runs here.
        ThreadPool.UnsafeQueueUserWorkItem(
            static report =>
            {
                if (report.Engine.GuardViolated is { } handlers)
                {
                    handlers(report.Engine, report.Violation);
                }
                else
                {
                    Console.Error.WriteLine(report.Violation.Message);
                }
            },
            (Engine: this, Violation: violation),
            preferLocal: false);

    private void Announce(string? registrationProblem)
    {
        ZeroCopyEventSource log = ZeroCopyEventSource.Log;
        log.EngineStarted(Id, Kind.ToString(), Description);
        if (registrationProblem is not null)
        {
            log.RegistrationFailed(Id, registrationProblem);
        }

        EngineMeter.Add(this);
    }

    private void Withdraw()
    {
        EngineMeter.Remove(this);
        ZeroCopyEventSource.Log.EngineEnded(Id, Pool.Quarantined);
    }
}
