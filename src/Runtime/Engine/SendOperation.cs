using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// One send, from the call to the recycle. It has two ends: the result (everything accounted, order kept: the next send
/// may go) and the recycle (the kernel reads the memory no more). They come in either order from different threads, so
/// both are counted, never assumed.
/// </summary>
/// <remarks>
/// The object returns to its pool when the kernel owes nothing and the result has been taken. A receipt outlives that:
/// its version no longer matches, which can only mean "recycled".
/// </remarks>
internal sealed unsafe partial class SendOperation(OperationPools pools) : Operation
{
    private RecycleEnd _recycle = new();
    private CompletionCore _result;

    private UnifiedResult? _unifiedResult;
    private bool _unified;
    private bool _zeroCopy;
    private bool _hasDestination;
    private Loan _loan;
    private Gather? _gather;
    private int _length;
    private int _sent;
    private int _owedBytes;
    private Exception? _error;
    private FanOut? _fanOut;
    private int _fanOutPlace;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;

    /// <summary>This send's place in the line of its stream; null while it is not waiting. Guarded by the <see cref="SendQueue"/>.</summary>
    public SendOperation? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public SendOperation? Previous { get; set; }

    /// <summary>Others continue what it sends: without it they are not the same bytes.</summary>
    public bool IsContinued { get; set; }

    /// <summary>Bytes are missing behind some that have left, and never will leave: the stream cannot be continued.</summary>
    public bool IsTorn => _error is not null && (_sent > 0 || IsContinued);

    public int Length => _length;

    public int Remaining => _length - _sent;

    public bool IsZeroCopy => _zeroCopy;

    /// <summary>Its memory is one piece, which a train of small sends can take along.</summary>
    public bool IsOnePiece => _gather is null;

    /// <summary>What is left of a send in one piece.</summary>
    public byte* Position => _loan.Buffer + _sent;

    /// <summary>Pages of memory that a send in one piece lies in.</summary>
    public int Pages => (int)(((nuint)Position + (nuint)Remaining - 1) / (nuint)Environment.SystemPageSize - (nuint)Position / (nuint)Environment.SystemPageSize) + 1;

    /// <summary>Whether the result of the send of that version was taken.</summary>
    public bool IsResultTaken(int version) => _recycle.State.IsResultTaken(version);

    /// <summary>All of its memory lies in the slab.</summary>
    public bool InSlab => _gather?.InSlab ?? _loan.InSlab;

    /// <summary>Takes one piece of memory.</summary>
    public void Lend(in Loan loan)
    {
        _loan = loan;
        _loan.Pin();
        _loan.Watch(pools.Guard);
        _length = loan.Length;
    }

    /// <summary>Takes several pieces of memory.</summary>
    public void Lend(Gather gather)
    {
        _gather = gather;
        _length = gather.Length;
    }

    /// <summary>Sets out. The caller entered the socket; the operation leaves it with the result.</summary>
    public int Begin(SocketCore core, in PeerAddress destination, bool zeroCopy, bool unified, CancellationToken cancellation, bool onLoop, int sent)
    {
        Core = core;
        _sent = sent;
        _unified = unified;
        _hasDestination = !destination.IsEmpty;
        if (_hasDestination)
        {
            destination.Native.CopyTo(Message->AddressBytes);
            Message->AddressLength = destination.Native.Length;
        }

        _zeroCopy = zeroCopy;
        _owedBytes = zeroCopy ? _length : 0;
        core.Policy.OnLent(_owedBytes, onLoop);

        _cancellation = cancellation;
        if (cancellation.CanBeCanceled)
        {
            _registration = cancellation.UnsafeRegister(static operation => ((SendOperation)operation!).RequestCancel(), this);
        }

        return Version;
    }

    /// <summary>Writes the address it goes to, if it is not the connected peer's.</summary>
    public bool CopyDestination(MessageBlock* message)
    {
        if (_hasDestination)
        {
            Message->AddressBytes[..Message->AddressLength].CopyTo(message->AddressBytes);
            message->AddressLength = Message->AddressLength;
        }

        return _hasDestination;
    }

    public bool HasSameDestination(SendOperation other) => _hasDestination == other._hasDestination
        && (!_hasDestination || Message->AddressBytes[..Message->AddressLength].SequenceEqual(other.Message->AddressBytes[..other.Message->AddressLength]));

    public override void Describe(ref Submission submission)
    {
        submission.Operation = _zeroCopy ? KernelOperation.SendZeroCopy : KernelOperation.Send;
        submission.Registered = InSlab;
        submission.WaitAll = Core!.IsStream;
        submission.HasDestination = _hasDestination;
        if (_gather is null)
        {
            submission.Buffer = Position;
            submission.Length = Remaining;
            submission.Message = _hasDestination ? Message : null;
        }
        else
        {
            SegmentList segments = _gather.Rest(_sent);
            submission.Segments = segments.Pointer;
            submission.Length = segments.Count;
            // The kernel reads a message header, for which the block has room.
            submission.Message = Message;
        }
    }

    public override void OnIssued() => _recycle.State.AddOwed();

    public override void OnCompletion(in Completion completion)
    {
        if (completion.IsNotification)
        {
            // A refused send turns into a copy before its notification comes, which, as a failed one's, is flagged as copied but reports nothing.
            if (_zeroCopy && _error is null)
            {
                Core!.Policy.OnNotification(completion.WasCopied);
            }

            Settle(completion.IsTerminal, announced: false);
            return;
        }

        // What is left is the notification, which no cancellation brings.
        UserData = 0;
        bool ended = TakeIn(completion.Result);
        if (ended)
        {
            Announce();
            Settle(completion.IsTerminal, announced: true);
        }
        else
        {
            // Before the rest goes out again: the recycle waits for it, as its result is not announced.
            Settle(completion.IsTerminal, announced: false);
            Core!.Loop.Issue(this);
        }
    }

    /// <summary>The notification of a submission that sent nothing of it, and reports nothing.</summary>
    public void OnEmptyNotification(in Completion notification) => Settle(notification.IsTerminal, announced: false);

    /// <summary>Takes in what a direct, non-blocking send on the calling thread did. False when the rest must go through a ring.</summary>
    public bool OnDirectResult(int result)
    {
        if (!TakeIn(result))
        {
            return false;
        }

        Announce();
        Settle(terminal: false, announced: true);
        return true;
    }

    public override void OnNotIssued(int errno)
    {
        _error ??= ToError(errno);
        Announce();
        Settle(terminal: false, announced: true);
    }

    public override void OnRingClosed()
    {
        ObjectDisposedException reason = OwnershipErrors.EngineGone("the notification of this send");
        bool announceResult = !_recycle.Quarantine(reason);
        _fanOut?.OnQuarantined(reason);
        if (announceResult || _unified)
        {
            _error ??= reason;
        }

        if (_gather is null)
        {
            _loan.Quarantine();
        }
        else
        {
            _gather.Quarantine();
        }

        KeepForEver();
        ZeroCopyEventSource.Log.MemoryQuarantined(Core!.Engine.Id, _length);
        Core.OnQuarantined();
        if (announceResult)
        {
            Core!.Exit();
        }

        if (announceResult || _unified)
        {
            _result.Complete();
        }
    }

    /// <summary>Works out what a result means. True when the send ends with it; false when the rest must be issued again.</summary>
    private bool TakeIn(int result)
    {
        if (result >= 0)
        {
            _sent += result;
            // A datagram leaves whole or not at all; a stream's short send goes on where it stopped.
            return _sent >= _length || !Core!.IsStream || (result == 0 && StopWith(KernelError.EPIPE));
        }

        switch (-result)
        {
            // The thread that submitted it exited and nothing was sent: the loop submits it again.
            case KernelError.ECANCELED when !CancelRequested && !Core!.IsClosing:
            case KernelError.EINTR:
            case KernelError.EAGAIN:
                return false;
            case var errno when _zeroCopy && Core!.Policy.IsRefusal(errno, gathered: _gather is not null):
                _zeroCopy = false;
                return false;
            default:
                return StopWith(-result);
        }
    }

    private bool StopWith(int errno)
    {
        _error ??= ToError(errno);
        return true;
    }

    private Exception ToError(int errno)
    {
        if (errno == KernelError.ECANCELED && CancelRequested)
        {
            return new OperationCanceledException(_cancellation);
        }

        // Whatever our own close brought about, a broken pipe or a torn line, is not the peer's doing.
        return KernelError.ToException(Core!.IsClosing ? KernelError.ECANCELED : errno);
    }

    /// <summary>Lets the next send of the stream go and leaves the socket. After this the result is only waiting to be told.</summary>
    private void Announce()
    {
        _registration.Dispose();
        SocketCore core = Core!;
        core.Loop.Counters.CountSent(_sent);
        core.OnSendResult(this);
        core.Exit();
    }

    /// <summary>
    /// Counts what a completion settled, tells the result, and recycles when it was the last thing owed. The decision is
    /// taken once; the thread that did not take it touches nothing after telling the result, because the object may be in its
    /// next life.
    /// </summary>
    private void Settle(bool terminal, bool announced)
    {
        bool unified = _unified;
        if (_recycle.State.Settle(terminal, announced))
        {
            // First the memory, then the result: one that fails hands out no receipt by which to wait for the memory.
            Recycle(tellsResult: announced || unified);
        }
        else if (announced && !unified)
        {
            _result.Complete();
        }
    }

    private void Recycle(bool tellsResult)
    {
        ReturnMemory();
        Core!.OnRecycled(_owedBytes);
        if (_unified)
        {
            _error ??= _recycle.Violation;
        }

        // After a violation the object stays what it is, out of the pool: a receipt may ask for its recycle at any time.
        InvalidOperationException? violation = _recycle.Violation;
        FanOut? fanOut = _fanOut;
        bool isAwaited = _recycle.Recycle(out Continuation awaiting, out bool resultTaken);
        if (resultTaken && violation is null)
        {
            EndLife();
        }

        if (isAwaited)
        {
            awaiting.Schedule();
        }

        fanOut?.OnRecycled(violation);

        if (tellsResult)
        {
            _result.Complete();
        }
    }

    private void ReturnMemory()
    {
        if (_gather is { } gather)
        {
            _recycle.Violation = gather.Return();
            pools.Return(gather);
            _gather = null;
        }
        else
        {
            _recycle.Violation = _loan.Return();
        }
    }

    /// <summary>The result was taken and the memory is back, in whichever order: the object is nobody's.</summary>
    private void EndLife()
    {
        ZeroCopyLoop loop = Core!.Loop;
        _recycle.Begin(++Version);
        Core = null;
        CancelRequested = false;
        IsContinued = false;
        _result.Reset();
        _fanOut = null;
        _sent = 0;
        _error = null;
        _loan = default;
        _cancellation = default;
        _registration = default;
        pools.Return(this, loop);
    }

    private void RequestCancel()
    {
        CancelRequested = true;
        Core?.Loop.Post(LoopWork.Cancel(this, Version));
    }
}
