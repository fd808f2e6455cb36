using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>The two things to await on a send: its result, and its recycle; one after the other, or unified in one.</summary>
internal sealed partial class SendOperation : IRecycle, IValueTaskSource<SendReceipt>, IValueTaskSource
{
    /// <summary>Whether the send of that version no longer holds its memory.</summary>
    public bool IsRecycled(int version) => _state.Observe(version) is RecycleStatus.Recycled or RecycleStatus.Ended;

    /// <summary>The recycle of the send of that version, which fails where guard mode found its memory written.</summary>
    public ValueTask WhenRecycled(int version)
    {
        RecycleStatus status = _state.Observe(version);
        return pools.Guard.Once(status == RecycleStatus.Ended || (status == RecycleStatus.Recycled && ViolationOf((short)version) is null)
            ? default
            : new ValueTask(this, (short)version));
    }

    /// <summary>The one end of the unified send of that version.</summary>
    public ValueTask WhenDone(int version) => new(_unifiedResult ??= new UnifiedResult(this), (short)version);

    /// <summary>Has one result told to a fan-out, at once and wherever it becomes known, instead of to an awaiting caller.</summary>
    public void Follow(FanOut fanOut, int place)
    {
        _fanOut = fanOut;
        _fanOutPlace = place;
        _result.OnCompleted(Continuation.Inline(
            static send =>
            {
                var followed = (SendOperation)send!;
                followed._fanOut!.OnResult(followed, followed._fanOutPlace);
            },
            this));
    }

    ValueTaskSourceStatus IValueTaskSource<SendReceipt>.GetStatus(short token) => ResultStatus(token);

    void IValueTaskSource<SendReceipt>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowIfStale(token);
        _result.OnCompleted(continuation, state, flags);
    }

    public SendReceipt GetResult(short token)
    {
        ThrowIfStale(token);
        if (_state.IsResultTaken(Version))
        {
            throw OwnershipErrors.AwaitedTwice();
        }

        if (!_result.IsCompleted)
        {
            throw new InvalidOperationException("The send has not completed; await the ValueTask instead of taking its result.");
        }

        Exception? error = _error;
        var receipt = new SendReceipt(this, Version, _sent);
        // Where the memory is not back, the object may be in its next life from here on.
        if (_state.TakeResult() && _violation is null)
        {
            receipt = new SendReceipt(pools.Guard, 0, _sent);
            EndLife();
        }

        return error is null ? receipt : throw error;
    }

    // In the three members below what has moved on is a receipt's of an earlier life, whatever this life is, and can only mean
    // "recycled". So what they read of this life is only used where its token is still the same afterwards.
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token)
    {
        RecycleStatus status = _state.ObserveToken(token);
        return status == RecycleStatus.Ended ? ValueTaskSourceStatus.Succeeded
            : status == RecycleStatus.Pending ? ValueTaskSourceStatus.Pending
            : status == RecycleStatus.Quarantined || ViolationOf(token) is not null ? ValueTaskSourceStatus.Faulted
            : ValueTaskSourceStatus.Succeeded;
    }

    void IValueTaskSource.GetResult(short token)
    {
        switch (_state.ObserveToken(token))
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

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var captured = Continuation.Capture(continuation, state, flags);
        // One at a time: a late one of an earlier life must not overwrite what was registered in this one.
        lock (_registering)
        {
            if (_state.ObserveToken(token) == RecycleStatus.Pending)
            {
                if (_state.IsRecycleAwaited(token))
                {
                    throw OwnershipErrors.RecycleAwaitedTwice();
                }

                _recycleContinuation = captured;
                if (_state.TryAwaitRecycle(token))
                {
                    return;
                }
            }
        }

        captured.Schedule();
    }

    /// <summary>What a unified send is awaited by: nothing of it outlives its object, so a version that has moved on was awaited before.</summary>
    private sealed class UnifiedResult(SendOperation send) : IValueTaskSource
    {
        public ValueTaskSourceStatus GetStatus(short token) => send.ResultStatus(token);

        public void GetResult(short token) => send.GetResult(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            ((IValueTaskSource<SendReceipt>)send).OnCompleted(continuation, state, token, flags);
    }

    /// <summary>What guard mode found when the memory of that send came back.</summary>
    private InvalidOperationException? ViolationOf(short token)
    {
        InvalidOperationException? violation = _violation;
        // A send with a violation never leaves its life; any other may have, and the violation may be the next one's.
        return violation is not null && _state.ObserveToken(token) == RecycleStatus.Recycled ? violation : null;
    }

    private ValueTaskSourceStatus ResultStatus(short token)
    {
        ThrowIfStale(token);
        return !_result.IsCompleted ? ValueTaskSourceStatus.Pending
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ThrowIfStale(short token)
    {
        if (token != (short)Version)
        {
            throw OwnershipErrors.AwaitedTwice();
        }
    }
}
