using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Streams;

/// <summary>
/// A pipe's writing end whose memory is registered slots: what a protocol library writes is sent from where it wrote it. A
/// flush starts the sends of everything written, in order, and completes when the kernel has taken them all; who cancels
/// it stops waiting, and tears nothing.
/// </summary>
internal sealed class SlotPipeWriter(ZeroCopySocket socket, Action ended) : PipeWriter, IValueTaskSource<FlushResult>, IResumable
{
    /// <summary>What the first segment after a flush holds at least, in bytes; most messages fit. The following ones are as large as slots are.</summary>
    private const int FirstSegmentSize = 4096;

    // Touched by the writing code only, of which there is one at a time.
    private readonly List<PipeSegment> _filled = [];
    private readonly Stack<PipeSegment> _spare = new();
    private PipeSegment? _current;
    private long _unflushed;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate.
    private readonly Queue<ValueTask<SendReceipt>> _results = new();
    private ConfiguredValueTaskAwaitable<SendReceipt>.ConfiguredValueTaskAwaiter _awaiter;
    private Action? _resume;
    private bool _waiting;
    private bool _completed;
    private bool _aborted;
    private Exception? _error;
    private bool _errorTold;
    private bool _cancelFlush;
    private bool _flushPending;

    // The pending flush; its outcome is written before it completes.
    private CompletionCore _flush;
    private short _version;
    private bool _flushCanceled;
    private bool _tokenFired;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfCompleted();
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        int minimum = Math.Max(sizeHint, 1);
        if (_current is { } current && current.Free < minimum)
        {
            SetAside(current);
        }

        return (_current ??= RentSegment(minimum)).Rest;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _current?.Free ?? 0);
        if (bytes > 0)
        {
            _current!.Written += bytes;
            _unflushed += bytes;
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        short version;
        lock (_gate)
        {
            if (_flushPending || _flush.IsCompleted)
            {
                throw new InvalidOperationException("The flush before has not been awaited; one flush at a time.");
            }

            SendWritten();
            if (_error is not null)
            {
                _errorTold = true;
                return ValueTask.FromException<FlushResult>(ZeroCopyStream.WriteFailed(_error));
            }

            if (_cancelFlush || !_waiting)
            {
                bool canceled = _cancelFlush;
                _cancelFlush = false;
                return new ValueTask<FlushResult>(new FlushResult(canceled, isCompleted: false));
            }

            _flushPending = true;
            _token = cancellationToken;
            version = _version;
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static writer => ((SlotPipeWriter)writer!).EndFlush(byToken: true), this);
        }

        return new ValueTask<FlushResult>(this, version);
    }

    /// <summary>The pending flush, or else the next, returns as cancelled. What was flushed still goes out.</summary>
    public override void CancelPendingFlush() => EndFlush(byToken: false);

    public override void Complete(Exception? exception = null)
    {
        bool atEnd;
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            if (exception is null)
            {
                SendWritten();
            }

            _completed = true;
            _aborted = exception is not null;
            atEnd = !_waiting;
        }

        DropUnsent();
        if (exception is not null)
        {
            _ = socket.AbortAsync();
        }

        if (atEnd)
        {
            End();
        }
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        return new ValueTask(_end.Task);
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        ThrowIfStale(token);
        if (!_flush.IsCompleted)
        {
            throw new InvalidOperationException("The flush has not completed; await the ValueTask instead of taking its result.");
        }

        // Waits for a cancellation that runs right now, so that none reaches the next flush.
        _registration.Dispose();
        _registration = default;
        bool canceled;
        bool byToken;
        CancellationToken fired;
        Exception? error;
        lock (_gate)
        {
            (canceled, byToken, fired, error) = (_flushCanceled, _tokenFired, _token, _error);
            _errorTold |= error is not null && !byToken;
            _flushCanceled = false;
            _tokenFired = false;
            _token = default;
            _version++;
            _flush.Reset();
        }

        return byToken ? throw new OperationCanceledException(fired)
            : error is not null ? throw ZeroCopyStream.WriteFailed(error)
            : new FlushResult(canceled, isCompleted: false);
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token)
    {
        ThrowIfStale(token);
        return !_flush.IsCompleted ? ValueTaskSourceStatus.Pending
            : _tokenFired ? ValueTaskSourceStatus.Canceled
            : _error is not null ? ValueTaskSourceStatus.Faulted
            : ValueTaskSourceStatus.Succeeded;
    }

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowIfStale(token);
        _flush.OnCompleted(continuation, state, flags);
    }

    void IThreadPoolWorkItem.Execute() => Resume();

    private PipeSegment RentSegment(int minimum)
    {
        PipeSegment segment = _spare.TryPop(out PipeSegment? spare) ? spare : new PipeSegment();
        minimum = Math.Max(minimum, FirstSegmentSize);
        segment.Rent(socket.Engine.Pool, _filled.Count == 0 ? minimum : Math.Max(minimum, BufferPool.LargestSlot), minimum);
        return segment;
    }

    /// <summary>A segment in which the next piece finds no room: it waits for the flush, or goes back if nothing was written.</summary>
    private void SetAside(PipeSegment segment)
    {
        _current = null;
        if (segment.Written > 0)
        {
            _filled.Add(segment);
        }
        else
        {
            segment.Return();
            _spare.Push(segment);
        }
    }

    /// <summary>Under the gate: puts everything written in the socket's line.</summary>
    private void SendWritten()
    {
        if (_current is { Written: > 0 } current)
        {
            SetAside(current);
        }

        int sent = 0;
        try
        {
            while (sent < _filled.Count && _error is null)
            {
                ValueTask<SendReceipt> result = _filled[sent].SendAsync(socket.Core);
                _spare.Push(_filled[sent++]);
                _results.Enqueue(result);
                if (!_waiting)
                {
                    TakeResults();
                }
            }
        }
        catch (ObjectDisposedException e)
        {
            _error = e;
        }

        _filled.RemoveRange(0, sent);
        _unflushed = 0;
        if (_error is not null)
        {
            DropUnsent();
        }
    }

    private void DropUnsent()
    {
        foreach (PipeSegment segment in _filled)
        {
            segment.Return();
        }

        _filled.Clear();
        _current?.Return();
        _current = null;
        _unflushed = 0;
    }

    /// <summary>Under the gate: takes the results that are there, in order, and waits for the first that is not.</summary>
    private void TakeResults()
    {
        while (_results.TryDequeue(out ValueTask<SendReceipt> result))
        {
            ConfiguredValueTaskAwaitable<SendReceipt>.ConfiguredValueTaskAwaiter awaiter = result.ConfigureAwait(false).GetAwaiter();
            if (!awaiter.IsCompleted)
            {
                _waiting = true;
                _awaiter = awaiter;
                // Never runs Resume on this stack, so the gate is free by then.
                awaiter.UnsafeOnCompleted(_resume ??= Resume);
                return;
            }

            TakeResult(awaiter);
        }
    }

    private void TakeResult(ConfiguredValueTaskAwaitable<SendReceipt>.ConfiguredValueTaskAwaiter awaiter)
    {
        try
        {
            awaiter.GetResult();
        }
        catch (Exception e)
        {
            // Of whatever kind: there is nobody on this stack to catch it, and the next flush tells it.
            _error ??= e;
        }
    }

    private void Resume()
    {
        bool flushed;
        bool atEnd;
        lock (_gate)
        {
            _waiting = false;
            TakeResult(_awaiter);
            TakeResults();
            if (_waiting)
            {
                return;
            }

            flushed = _flushPending;
            _flushPending = false;
            atEnd = _completed;
        }

        if (atEnd)
        {
            End();
        }

        if (flushed)
        {
            _flush.CompleteHere();
        }
    }

    private void EndFlush(bool byToken)
    {
        lock (_gate)
        {
            if (!_flushPending)
            {
                _cancelFlush |= !byToken;
                return;
            }

            _flushPending = false;
            _tokenFired = byToken;
            _flushCanceled = !byToken;
        }

        _flush.Complete();
    }

    /// <summary>Everything written has its result: the peer may read the end. Comes once, when both completed and drained.</summary>
    private void End()
    {
        if (!_aborted && _error is null)
        {
            try
            {
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                _error = e;
            }
        }

        ended();
        if (_aborted || _errorTold || _error is null)
        {
            _end.SetResult();
        }
        else
        {
            _end.SetException(ZeroCopyStream.WriteFailed(_error));
            // Complete has nobody to tell.
            _ = _end.Task.Exception;
        }
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The writer was completed; nothing can be written after that.");
        }
    }

    private void ThrowIfStale(short token)
    {
        if (token != _version)
        {
            throw OwnershipErrors.AwaitedTwice();
        }
    }
}
