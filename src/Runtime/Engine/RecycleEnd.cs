using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Engine;

/// <summary>
/// The second end of a send, or of all sends of a fan-out: whether the memory is back, and who waits for that.
/// </summary>
/// <remarks>
/// A receipt may ask at any time, of an earlier life of the object too, whatever this life is: what has moved on can only mean
/// "recycled". So what is read of this life is only used where its token is still the same afterwards.
/// </remarks>
internal struct RecycleEnd()
{
    // Written by those who register, one at a time.
    private readonly Lock _registering = new();
    private Continuation _continuation;
    private ObjectDisposedException? _quarantine;

    /// <summary>How far the send is.</summary>
    public SendState State;

    /// <summary>What guard mode found when the memory came back. It never leaves this life then.</summary>
    public InvalidOperationException? Violation { get; set; }

    /// <summary>Whether the memory of that version is back.</summary>
    public readonly bool IsRecycled(int version) => State.Observe(version) is RecycleStatus.Recycled or RecycleStatus.Ended;

    /// <summary>The same, and there is nothing to tell of it.</summary>
    public readonly bool IsRecycledUnharmed(int version)
    {
        RecycleStatus status = State.Observe(version);
        return status == RecycleStatus.Ended || (status == RecycleStatus.Recycled && ViolationOf((short)version) is null);
    }

    /// <summary>As of <see cref="IValueTaskSource"/>.</summary>
    public readonly ValueTaskSourceStatus GetStatus(short token)
    {
        RecycleStatus status = State.ObserveToken(token);
        return status == RecycleStatus.Ended ? ValueTaskSourceStatus.Succeeded
            : status == RecycleStatus.Pending ? ValueTaskSourceStatus.Pending
            : status == RecycleStatus.Quarantined || ViolationOf(token) is not null ? ValueTaskSourceStatus.Faulted
            : ValueTaskSourceStatus.Succeeded;
    }

    /// <inheritdoc cref="GetStatus"/>
    public readonly void GetResult(short token)
    {
        switch (State.ObserveToken(token))
        {
            case RecycleStatus.Ended:
                return;
            case RecycleStatus.Pending:
                throw new InvalidOperationException("The buffer is still in flight; await Recycled instead of taking its result.");
            case RecycleStatus.Quarantined:
                // It never leaves this life.
                throw _quarantine!;
            case RecycleStatus.Recycled when ViolationOf(token) is { } violation:
                throw violation;
        }
    }

    /// <inheritdoc cref="GetStatus"/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var captured = Continuation.Capture(continuation, state, flags);
        // One at a time: a late one of an earlier life must not overwrite what was registered in this one.
        lock (_registering)
        {
            if (State.ObserveToken(token) == RecycleStatus.Pending)
            {
                if (State.IsRecycleAwaited(token))
                {
                    throw OwnershipErrors.RecycleAwaitedTwice();
                }

                _continuation = captured;
                if (State.TryAwaitRecycle(token))
                {
                    return;
                }
            }
        }

        captured.Schedule();
    }

    /// <inheritdoc cref="SendState.Recycle"/>
    public bool Recycle(out Continuation awaiting, out bool resultTaken) => State.Recycle(in _continuation, out awaiting, out resultTaken);

    /// <summary>The memory never comes back: whoever waits for it is told why. Returns whether the result was known before.</summary>
    public bool Quarantine(ObjectDisposedException reason)
    {
        _quarantine ??= reason;
        (bool resultWasKnown, bool isAwaited) = State.Quarantine();
        if (isAwaited)
        {
            _continuation.Schedule();
        }

        return resultWasKnown;
    }

    /// <summary>Begins the next life. Only for who ended the last.</summary>
    public void Begin(int version)
    {
        State.Begin(version);
        _continuation = default;
    }

    private readonly InvalidOperationException? ViolationOf(short token)
    {
        InvalidOperationException? violation = Violation;
        // A send with a violation never leaves its life; any other may have, and the violation may be the next one's.
        return violation is not null && State.ObserveToken(token) == RecycleStatus.Recycled ? violation : null;
    }
}
