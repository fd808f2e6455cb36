using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Buffers;

/// <summary>Those who wait until nothing of a slot is in flight. Costs a send that nobody waits for so one read.</summary>
internal sealed class IdleWaits(SlotStates states)
{
    private readonly Dictionary<int, TaskCompletionSource> _waits = [];
    private int _count;

    public Task WhenIdleAsync(int slot)
    {
        TaskCompletionSource? wait;
        lock (_waits)
        {
            if (!_waits.TryGetValue(slot, out wait))
            {
                wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waits.Add(slot, wait);
                // Full fence: the wait must be visible before the state is looked at, as a notification changes the
                // state (by an interlocked operation) before it looks for waits.
                Interlocked.Increment(ref _count);
            }
        }

        if (states.Observe(slot, out uint inFlight) == SlotState.Quarantined)
        {
            OnQuarantined(slot);
        }
        else if (inFlight == 0)
        {
            OnIdle(slot);
        }

        return wait.Task;
    }

    /// <summary>The last send in flight has ended; unless by now there is another, whose end is then waited for.</summary>
    public void OnIdle(int slot) => Take(slot, onlyIfIdle: true)?.SetResult();

    public void OnQuarantined(int slot) => Take(slot, onlyIfIdle: false)?.SetException(
        OwnershipErrors.EngineGone("a notification of this buffer"));

    private TaskCompletionSource? Take(int slot, bool onlyIfIdle)
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return null;
        }

        lock (_waits)
        {
            states.Observe(slot, out uint inFlight);
            if (onlyIfIdle && inFlight > 0)
            {
                return null;
            }

            if (_waits.Remove(slot, out TaskCompletionSource? wait))
            {
                Interlocked.Decrement(ref _count);
            }

            return wait;
        }
    }
}
