namespace ZeroCopySockets.Simulator;

/// <summary>The engine's clock: simulated time, whose timers are events like any other and go off on a loop.</summary>
internal sealed class SimulatedTime(World world) : TimeProvider
{
    private readonly HashSet<Timer> _armed = [];

    /// <summary>Runs a callback on a loop; set when there is one.</summary>
    public Action<Action> RunOnLoop { get; set; } = static callback => callback();

    private bool HasEnded => world.IsOver;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => world.Now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMicroseconds(world.Now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Simulated time has ended: whoever still waits for it need wait no longer.</summary>
    public void FireAll()
    {
        Timer[] armed;
        lock (_armed)
        {
            armed = [.. _armed];
        }

        foreach (Timer timer in armed)
        {
            timer.Fire();
        }
    }

    private sealed class Timer(SimulatedTime time, Action callback) : ITimer
    {
        private int _setting;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int setting = Interlocked.Increment(ref _setting);
            _period = period;
            lock (time._armed)
            {
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    time._armed.Remove(this);
                    return true;
                }

                time._armed.Add(this);
            }

            time.After(dueTime, () =>
            {
                if (Volatile.Read(ref _setting) == setting)
                {
                    Fire();
                }
            });
            return true;
        }

        public void Fire()
        {
            lock (time._armed)
            {
                if (!time._armed.Remove(this))
                {
                    return;
                }
            }

            time.RunOnLoop(callback);
            if (_period != Timeout.InfiniteTimeSpan && !time.HasEnded)
            {
                Change(_period, _period);
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }

    private void After(TimeSpan dueTime, Action happening)
    {
        // Once time has ended there is nothing to wait for.
        if (world.IsOver)
        {
            happening();
        }
        else
        {
            world.After((int)dueTime.TotalMicroseconds, happening);
        }
    }
}
