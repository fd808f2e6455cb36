using Spectre.Console;

namespace Quickstart;

/// <summary>A line a second while the run goes on: rewritten in place on a terminal, one after the other elsewhere.</summary>
internal sealed class Progress
{
    /// <summary>After this long without a message the phase is cancelled: a lost datagram must be an error, not a hang.</summary>
    public const int StallLimitSeconds = 5;

    private readonly Lock _gate = new();
    private Phase? _phase;
    private CancellationTokenSource? _stalled;
    private long _lastReceived;
    private int _idleSeconds;

    /// <summary>Shows this phase from now on, and cancels it when it stalls; null between phases.</summary>
    public void Follow(Phase? phase, CancellationTokenSource? stalled)
    {
        lock (_gate)
        {
            _phase = phase;
            _stalled = stalled;
            _lastReceived = 0;
            _idleSeconds = 0;
        }
    }

    public async Task ShowWhileAsync(Func<Task> run)
    {
        if (Console.IsOutputRedirected)
        {
            await ShowLinesAsync(run(), Console.Out.WriteLine);
            return;
        }

        await AnsiConsole.Live(new Text("starting")).AutoClear(true).StartAsync(
            live => ShowLinesAsync(run(), line => live.UpdateTarget(new Text(line))));
    }

    private async Task ShowLinesAsync(Task running, Action<string> show)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        Task tick = timer.WaitForNextTickAsync().AsTask();
        while (await Task.WhenAny(running, tick) == tick)
        {
            if (NextLine() is { } line)
            {
                show(line);
            }

            tick = timer.WaitForNextTickAsync().AsTask();
        }

        await running;
    }

    private string? NextLine()
    {
        lock (_gate)
        {
            if (_phase is null)
            {
                return null;
            }

            long received = _phase.Received;
            long gained = received - _lastReceived;
            _lastReceived = received;
            _idleSeconds = gained == 0 ? _idleSeconds + 1 : 0;
            if (_idleSeconds >= StallLimitSeconds)
            {
                _stalled!.Cancel();
            }

            return $"{_phase.Name,-12} {received,11:N0} of {2L * _phase.Messages:N0} verified, {gained:N0} in the last second";
        }
    }
}
