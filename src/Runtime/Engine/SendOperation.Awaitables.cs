using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>The two things to await on a send: its result, and its recycle; one after the other, or unified in one.</summary>
internal sealed partial class SendOperation : IRecycle, IValueTaskSource<SendReceipt>, IValueTaskSource
{
    /// <summary>Whether the send of that version no longer holds its memory.</summary>
    public bool IsRecycled(int version) => _recycle.IsRecycled(version);

    /// <summary>The recycle of the send of that version, which fails where guard mode found its memory written.</summary>
    public ValueTask WhenRecycled(int version) => pools.Guard.Once(_recycle.IsRecycledUnharmed(version) ? default : new ValueTask(this, (short)version));

    /// <summary>The one end of the unified send of that version.</summary>
    public ValueTask WhenDone(int version) => new(_unifiedResult ??= new UnifiedResult(this), (short)version);

    /// <summary>Has its ends told to a fan-out, at once and wherever they become known, instead of to an awaiting caller.</summary>
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
        if (_recycle.State.IsResultTaken(Version))
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
        if (_recycle.State.TakeResult() && _recycle.Violation is null)
        {
            receipt = new SendReceipt(pools.Guard, 0, _sent);
            EndLife();
        }

        return error is null ? receipt : throw error;
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _recycle.GetStatus(token);

    void IValueTaskSource.GetResult(short token) => _recycle.GetResult(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _recycle.OnCompleted(continuation, state, token, flags);

    /// <summary>What a unified send is awaited by: nothing of it outlives its object, so a version that has moved on was awaited before.</summary>
    private sealed class UnifiedResult(SendOperation send) : IValueTaskSource
    {
        public ValueTaskSourceStatus GetStatus(short token) => send.ResultStatus(token);

        public void GetResult(short token) => send.GetResult(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            ((IValueTaskSource<SendReceipt>)send).OnCompleted(continuation, state, token, flags);
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
