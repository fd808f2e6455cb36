using System.Net.Sockets;
using System.Numerics;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// One buffer on its way to many sockets. Every send is in its socket's line when the call returns; those that may go at
/// once go in one system call per loop. The result waits for all results, the recycle for all notifications.
/// </summary>
/// <remarks>
/// Pooled like its sends: it is back when all is told, and a receipt that outlives it asks by its version. What grows with the
/// number of sockets is its own: kept by thread, as the shared array pool does, it would be made anew on every thread that comes along.
/// </remarks>
internal sealed class FanOut(OperationPools pools) : IRecycle, IValueTaskSource<SendReceipt>, IValueTaskSource
{
    private readonly CompletionBatch _batch = new();
    private RecycleEnd _recycle = new();
    private CompletionCore _result;
    private int _version;
    private ZeroCopyLoop? _home;
    private ZeroCopySocket[] _sockets = [];
    private Operation[] _ready = [];
    private int _count;
    private Action<ZeroCopySocket, Exception>? _onError;
    private Exception? _callbackFailure;
    private int _resultsDue;
    private int _recyclesDue;
    private int _bytesSent;

    /// <summary>Sends the buffer. A socket that is closed already is reported like one whose send fails.</summary>
    /// <param name="engine">Whose sockets they are.</param>
    /// <param name="sockets">The sockets.</param>
    /// <param name="lease">The buffer.</param>
    /// <param name="onError">Told of each that fails.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">A socket is another engine's.</exception>
    public ValueTask<SendReceipt> SendAsync(
        ZeroCopyEngine engine, IReadOnlyList<ZeroCopySocket> sockets, in BufferLease lease, Action<ZeroCopySocket, Exception>? onError, CancellationToken cancellation)
    {
        Take(sockets, engine);
        var sent = new ValueTask<SendReceipt>(this, (short)_version);
        _home = ZeroCopyLoop.Current;
        _onError = onError;
        // One more of each: nothing may end before all are on their way.
        _resultsDue = _count + 1;
        _recyclesDue = _count + 1;
        int ready = 0;
        for (int i = 0; i < _count; i++)
        {
            if (Enqueue(i, lease, cancellation) is { } send)
            {
                _ready[ready++] = send;
            }
        }

        Issue(_ready.AsSpan(0, ready));
        Array.Clear(_ready, 0, ready);
        OnRecycled(violation: null);
        EndResult();
        return pools.Guard.Once(sent);
    }

    bool IRecycle.IsRecycled(int version) => _recycle.IsRecycled(version);

    ValueTask IRecycle.WhenRecycled(int version) => pools.Guard.Once(_recycle.IsRecycledUnharmed(version) ? default : new ValueTask(this, (short)version));

    /// <summary>One send's result is known. On whichever stack that happens, which runs no code of the user's.</summary>
    public void OnResult(SendOperation send, int place)
    {
        try
        {
            Interlocked.Add(ref _bytesSent, send.GetResult((short)send.Version).BytesSent);
            EndResult();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or InvalidOperationException)
        {
            ReportLater(place, e);
        }
    }

    /// <summary>One send's memory is back.</summary>
    /// <param name="violation">What guard mode found then.</param>
    public void OnRecycled(InvalidOperationException? violation)
    {
        if (violation is not null)
        {
            _recycle.Violation = violation;
        }

        if (Interlocked.Decrement(ref _recyclesDue) > 0)
        {
            return;
        }

        bool violated = _recycle.Violation is not null;
        bool isAwaited = _recycle.Recycle(out Continuation awaiting, out bool resultTaken);
        if (resultTaken && !violated)
        {
            EndLife();
        }

        if (isAwaited)
        {
            awaiting.Schedule();
        }
    }

    /// <summary>One send's ring is gone: the memory never comes back.</summary>
    public void OnQuarantined(ObjectDisposedException reason) => _recycle.Quarantine(reason);

    ValueTaskSourceStatus IValueTaskSource<SendReceipt>.GetStatus(short token)
    {
        ThrowIfStale(token);
        return !_result.IsCompleted ? ValueTaskSourceStatus.Pending
            : _callbackFailure is null ? ValueTaskSourceStatus.Succeeded
            : ValueTaskSourceStatus.Faulted;
    }

    void IValueTaskSource<SendReceipt>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowIfStale(token);
        _result.OnCompleted(continuation, state, flags);
    }

    SendReceipt IValueTaskSource<SendReceipt>.GetResult(short token)
    {
        ThrowIfStale(token);
        if (_recycle.State.IsResultTaken(_version))
        {
            throw OwnershipErrors.AwaitedTwice();
        }

        if (!_result.IsCompleted)
        {
            throw new InvalidOperationException("The fan-out has not completed; await the ValueTask instead of taking its result.");
        }

        Exception? failure = _callbackFailure;
        var receipt = new SendReceipt(this, _version, _bytesSent);
        // Where the memory is not back, the object may be in its next life from here on.
        if (_recycle.State.TakeResult() && _recycle.Violation is null)
        {
            receipt = new SendReceipt(pools.Guard, 0, _bytesSent);
            EndLife();
        }

        return failure is null ? receipt : throw failure;
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _recycle.GetStatus(token);

    void IValueTaskSource.GetResult(short token) => _recycle.GetResult(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _recycle.OnCompleted(continuation, state, token, flags);

    /// <summary>Copies the sockets: the caller's list may change while the buffer is on its way, by its own error handler say.</summary>
    private void Take(IReadOnlyList<ZeroCopySocket> sockets, ZeroCopyEngine engine)
    {
        _count = sockets.Count;
        if (_sockets.Length < _count)
        {
            int room = (int)BitOperations.RoundUpToPowerOf2((uint)_count);
            _sockets = new ZeroCopySocket[room];
            _ready = new Operation[room];
        }

        for (int i = 0; i < _count; i++)
        {
            _sockets[i] = sockets[i];
            if (!ReferenceEquals(_sockets[i].Engine, engine))
            {
                throw new ArgumentException("A socket belongs to another engine.", nameof(sockets));
            }
        }
    }

    /// <summary>Puts one send in line. Returned where it may go at once.</summary>
    private SendOperation? Enqueue(int place, in BufferLease lease, CancellationToken cancellation)
    {
        SocketCore core = _sockets[place].Core;
        if (!core.TryEnter())
        {
            ReportUnsent(place, new ObjectDisposedException(nameof(ZeroCopySocket), "The socket was disposed."));
            return null;
        }

        try
        {
            lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
        }
        catch (InvalidOperationException e)
        {
            // The lease ended meanwhile, or is in flight more often than can be counted.
            core.Exit();
            ReportUnsent(place, e);
            return null;
        }

        Loan loan = Loan.OfSlot(lease, 0, lease.Length, endsLease: false);
        bool onLoop = core.Loop.IsCurrent;
        SendOperation send = core.RentSend(onLoop);
        send.Lend(loan);
        bool zeroCopy = core.Policy.Choose(loan, onLoop);
        // Before it is in line, from where another thread may take it on to its end.
        send.Follow(this, place);
        core.Enqueue(send, default, zeroCopy, unified: false, cancellation, onLoop, out bool mayGo);
        return mayGo ? send : null;
    }

    /// <summary>Issues the sends, those of one loop together.</summary>
    private void Issue(Span<Operation> sends)
    {
        while (!sends.IsEmpty)
        {
            ZeroCopyLoop loop = sends[0].Core!.Loop;
            int ofLoop = 0;
            for (int i = 0; i < sends.Length; i++)
            {
                if (sends[i].Core!.Loop == loop)
                {
                    (sends[i], sends[ofLoop]) = (sends[ofLoop], sends[i]);
                    ofLoop++;
                }
            }

            if (loop.IsCurrent)
            {
                foreach (Operation send in sends[..ofLoop])
                {
                    loop.IssueHere(send);
                }
            }
            else
            {
                loop.Caller.Submit(sends[..ofLoop], _batch);
            }

            sends = sends[ofLoop..];
        }
    }

    private void ReportUnsent(int place, Exception error)
    {
        ReportLater(place, error);
        OnRecycled(violation: null);
    }

    /// <summary>Where the caller's code runs, and never on the stack that reaps completions.</summary>
    private void ReportLater(int place, Exception error)
    {
        Action<object?> report = _ =>
        {
            Report(_sockets[place], error);
            EndResult();
        };
        if (_home is { } loop)
        {
            loop.Post(LoopWork.Run(report, null));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(report, null, preferLocal: true);
        }
    }

    private void Report(ZeroCopySocket socket, Exception error)
    {
        try
        {
            _onError?.Invoke(socket, error);
        }
        catch (Exception e)
        {
            // The user's to see, when all the others are served.
            Interlocked.CompareExchange(ref _callbackFailure, e, null);
        }
    }

    private void EndResult()
    {
        if (Interlocked.Decrement(ref _resultsDue) == 0)
        {
            _result.Complete();
        }
    }

    /// <summary>The result was taken and all memory is back: the object is nobody's.</summary>
    private void EndLife()
    {
        _recycle.Begin(++_version);
        _result.Reset();
        _home = null;
        Array.Clear(_sockets, 0, _count);
        _onError = null;
        _callbackFailure = null;
        _bytesSent = 0;
        pools.Return(this);
    }

    private void ThrowIfStale(short token)
    {
        if (token != (short)_version)
        {
            throw OwnershipErrors.AwaitedTwice();
        }
    }
}
