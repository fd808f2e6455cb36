using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Engine;

/// <summary>The two things to await on a send: its result, and its recycle; one after the other, or unified in one.</summary>
internal sealed partial class SendOperation : IRecycle, IValueTaskSource<SendReceipt>, IValueTaskSource
{
    /// <summary>Whether the send of that version no longer holds its memory.</summary>
    public bool IsRecycled(int version)
    {
        lock (_gate)
        {
            return version != Version || _recycled;
        }
    }

    /// <summary>The recycle of the send of that version, which fails where guard mode found its memory written.</summary>
    public ValueTask WhenRecycled(int version)
    {
        lock (_gate)
        {
            return version == Version && (!_recycled || _violation is not null) ? new ValueTask(this, (short)version) : default;
        }
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
        if ((Volatile.Read(ref _holders) & ConsumerHolds) == 0)
        {
            throw OwnershipErrors.AwaitedTwice();
        }

        if (!_result.IsCompleted)
        {
            throw new InvalidOperationException("The send has not completed; await the ValueTask instead of taking its result.");
        }

        Exception? error = _error;
        SendReceipt receipt;
        lock (_gate)
        {
            receipt = _recycled && _violation is null ? new SendReceipt(null, 0, _sent) : new SendReceipt(this, Version, _sent);
        }

        Release(ConsumerHolds);
        return error is null ? receipt : throw error;
    }

    // In the three members below the token comes first: one that has moved on is a receipt's of an earlier life, whatever
    // this life is, and can only mean "recycled".
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token)
    {
        lock (_gate)
        {
            if (token != (short)Version)
            {
                return ValueTaskSourceStatus.Succeeded;
            }

            return _unified ? ResultStatus(token)
                : _violation is not null && _recycled ? ValueTaskSourceStatus.Faulted
                : _recycled ? ValueTaskSourceStatus.Succeeded
                : _quarantined ? ValueTaskSourceStatus.Faulted
                : ValueTaskSourceStatus.Pending;
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        lock (_gate)
        {
            if (token != (short)Version || (_recycled && !_unified && _violation is null))
            {
                return;
            }

            if (!_unified)
            {
                throw _violation is { } violation && _recycled ? violation
                    : _quarantined ? _quarantine!
                    : new InvalidOperationException("The buffer is still in flight; await Recycled instead of taking its result.");
            }
        }

        GetResult(token);
    }

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var captured = Continuation.Capture(continuation, state, flags);
        lock (_gate)
        {
            if (token == (short)Version && _unified)
            {
                _result.OnCompleted(continuation, state, flags);
                return;
            }

            if (token == (short)Version && !_recycled && !_quarantined)
            {
                if (_recycleAwaited)
                {
                    throw OwnershipErrors.RecycleAwaitedTwice();
                }

                _recycleContinuation = captured;
                _recycleAwaited = true;
                return;
            }
        }

        captured.Schedule();
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
