using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// What a stream receives into its loop's buffers: armed at the first leased receive, queued in order, taken one at a time.
/// It pauses when the connection holds its quota of buffers (the rest waits in the socket, where TCP slows the peer down),
/// and when the buffers have run out; it goes on when some come back.
/// </summary>
internal sealed class LeasedReceives : StandingOperation, IValueTaskSource<ReceiveLease>, IValueTaskSource<int>
{
    private readonly ReceiveBuffers _buffers;
    private readonly Queue<Received> _queue = new();
    private int _headStart;

    // Buffers queued here or leased from here.
    private int _held;

    // In line for buffers. Meanwhile a connection that holds none may have one of those that are kept for such.
    private bool _starved;

    // What is with the kernel waits for readability and then takes a buffer of the stock; the kernel does not pick.
    private bool _polls;

    // From the quota down to half of it: a consumer that does not wait receives nothing ahead, so that pausing and going on
    // do not alternate with every buffer.
    private bool _full;

    // Set when nothing more will come: 0, the peer ended its side, or a negative errno.
    private int? _end;

    private CompletionCore _completion;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private Memory<byte> _destination;
    private bool _busy;
    private bool _waiting;
    private bool _canceled;
    private short _version;

    public LeasedReceives(SocketCore core) : base(core) => _buffers = core.Loop.Receives;

    protected override bool WantsMore => _end is null && (_starved
        ? _waiting && _held == 0 && _buffers.HasSpare
        : _held < _buffers.Quota && (_waiting || !_full));

    protected override bool HasTooMuch => _held >= _buffers.Quota;

    private bool IsReady => _queue.Count > 0 || _end is not null || IsClosed;

    /// <summary>The next received bytes where they lie.</summary>
    public ValueTask<ReceiveLease> ReceiveAsync(CancellationToken cancellation)
    {
        if (!TryStart(default, cancellation))
        {
            return new ValueTask<ReceiveLease>(this, _version);
        }

        try
        {
            return Core!.Guard.Once(new ValueTask<ReceiveLease>(TakeLease()));
        }
        catch (SocketException e)
        {
            return ValueTask.FromException<ReceiveLease>(e);
        }
    }

    /// <summary>The next received bytes, copied to the caller's memory.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> destination, CancellationToken cancellation)
    {
        if (!TryStart(destination, cancellation))
        {
            return new ValueTask<int>(this, _version);
        }

        try
        {
            return Core!.Guard.Once(new ValueTask<int>(TakeCopy(destination.Span)));
        }
        catch (SocketException e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    /// <summary>On the loop: it was starved, and there are buffers again.</summary>
    public void OnBuffersBack()
    {
        lock (Gate)
        {
            _starved = false;
        }

        Arm();
    }

    /// <summary>On the loop: it is starved, and there is a buffer for it if it holds none. Whether it goes on with that.</summary>
    public bool TryGoOnWithSpare()
    {
        lock (Gate)
        {
            if (!WantsMore)
            {
                return false;
            }
        }

        Arm();
        return true;
    }

    /// <summary>A lease of this connection ended.</summary>
    public void OnReturned()
    {
        lock (Gate)
        {
            Release();
        }

        Arm();
    }

    public override void Describe(ref Submission submission)
    {
        _polls = _starved || !_buffers.IsMultishot;
        submission.Operation = _polls ? KernelOperation.WaitReadable : KernelOperation.ReceiveMultishot;
    }

    public override void OnRingClosed()
    {
        _buffers.Abandon();
        base.OnRingClosed();
    }

    protected override void Take(in Completion completion)
    {
        if (!_polls || completion.Result < 0)
        {
            Take(completion.Result, completion.HasBuffer ? completion.Buffer : -1);
        }
        else
        {
            int received = _buffers.TryReceive(Core!, holdsNone: _held == 0, out int slot);
            Take(received, received > 0 ? slot : -1);
        }
    }

    protected override void Drop()
    {
        _headStart = 0;
        while (_queue.TryDequeue(out Received received))
        {
            Release();
            _buffers.GiveBack(received.Slot, received.Generation);
        }
    }

    protected override void Deliver()
    {
        lock (Gate)
        {
            if (!_waiting || !IsReady)
            {
                return;
            }

            _waiting = false;
        }

        _completion.Complete();
    }

    ReceiveLease IValueTaskSource<ReceiveLease>.GetResult(short token)
    {
        Finish(token);
        return TakeLease();
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        Memory<byte> destination = _destination;
        Finish(token);
        return TakeCopy(destination.Span);
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        lock (Gate)
        {
            ThrowIfStale(token);
            return !_completion.IsCompleted ? ValueTaskSourceStatus.Pending
                : _canceled ? ValueTaskSourceStatus.Canceled
                : _queue.Count > 0 || _end == 0 ? ValueTaskSourceStatus.Succeeded
                : ValueTaskSourceStatus.Faulted;
        }
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowIfStale(token);
        _completion.OnCompleted(continuation, state, flags);
    }

    /// <summary>Takes one result in: bytes, the end, or the reason why receiving stopped.</summary>
    private void Take(int result, int slot)
    {
        if (slot >= 0)
        {
            uint generation = _buffers.Claim(slot, this, fromStock: _polls);
            if (result > 0 && !IsClosed)
            {
                _queue.Enqueue(new Received(slot, generation, result));
                if (++_held == _buffers.Quota)
                {
                    _full = true;
                    _buffers.CountQuotaPause();
                }
            }
            else
            {
                _buffers.GiveBack(slot, generation);
            }
        }

        switch (result)
        {
            case > 0:
            case -KernelError.ECANCELED: // Paused, or closing.
            case -KernelError.EINTR:
            case -KernelError.EAGAIN:
                break;
            case -KernelError.ENOBUFS when _held >= _buffers.Quota: // Paused all the same.
            case -KernelError.ENOBUFS when _starved: // In line already: the spare one went to another.
                break;
            case -KernelError.ENOBUFS:
                _starved = true;
                _buffers.AddStarved(this);
                break;
            default:
                // Whatever our own close brought about is not the peer's doing.
                _end ??= Core!.IsClosing ? -KernelError.ECANCELED : result;
                break;
        }
    }

    /// <summary>Whether there is something at once. If not, waiting for it has begun.</summary>
    private bool TryStart(Memory<byte> destination, CancellationToken cancellation)
    {
        lock (Gate)
        {
            if (_busy)
            {
                throw new InvalidOperationException("A receive is already outstanding on this socket; await it first.");
            }

            ObjectDisposedException.ThrowIf(IsClosed || Core!.IsClosing, typeof(ZeroCopySocket));
            if (IsReady)
            {
                return true;
            }

            _busy = _waiting = true;
            _destination = destination;
            _cancellation = cancellation;
        }

        _registration = cancellation.UnsafeRegister(static receives => ((LeasedReceives)receives!).Cancel(), this);
        Arm();
        return false;
    }

    /// <summary>The user gives up waiting. What the kernel does is not touched: what comes is there for the next receive.</summary>
    private void Cancel()
    {
        lock (Gate)
        {
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
            _canceled = true;
        }

        _completion.Complete();
    }

    private void Finish(short token)
    {
        ThrowIfStale(token);
        if (!_completion.IsCompleted)
        {
            throw new InvalidOperationException("The receive has not completed; await the ValueTask instead of taking its result.");
        }

        // Waits for a cancellation callback that runs right now, so that none can reach the next receive.
        _registration.Dispose();
        bool canceled = _canceled;
        CancellationToken cancellation = _cancellation;
        lock (Gate)
        {
            _version++;
            _completion.Reset();
            _busy = _canceled = false;
            _destination = default;
            _cancellation = default;
            _registration = default;
        }

        if (canceled)
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>A buffer of this connection's is on its way back. Under the gate.</summary>
    private void Release()
    {
        _held--;
        _full &= _held > _buffers.Quota / 2;
    }

    private ReceiveLease TakeLease()
    {
        lock (Gate)
        {
            if (!_queue.TryDequeue(out Received head))
            {
                ThrowIfFailed();
                return default;
            }

            int start = _headStart;
            _headStart = 0;
            return new ReceiveLease(_buffers, head.Slot, head.Generation, start, head.Length - start);
        }
    }

    private int TakeCopy(Span<byte> destination)
    {
        int copied = 0;
        lock (Gate)
        {
            while (copied < destination.Length && _queue.TryPeek(out Received head))
            {
                ReadOnlySpan<byte> bytes = _buffers.Bytes(head.Slot, head.Generation, _headStart, head.Length - _headStart);
                int part = Math.Min(bytes.Length, destination.Length - copied);
                bytes[..part].CopyTo(destination[copied..]);
                copied += part;
                _headStart += part;
                if (_headStart == head.Length)
                {
                    _headStart = 0;
                    _queue.Dequeue();
                    Release();
                    _buffers.GiveBack(head.Slot, head.Generation);
                }
            }

            if (copied == 0 && _queue.Count == 0)
            {
                ThrowIfFailed();
            }
        }

        // It may have been paused for what was just copied out.
        Arm();
        return copied;
    }

    private void ThrowIfFailed()
    {
        int end = _end ?? -KernelError.ECANCELED;
        if (end != 0)
        {
            throw KernelError.ToException(-end);
        }
    }

    private void ThrowIfStale(short token)
    {
        if (token != _version)
        {
            throw OwnershipErrors.AwaitedTwice();
        }
    }

    private readonly record struct Received(int Slot, uint Generation, int Length);
}
