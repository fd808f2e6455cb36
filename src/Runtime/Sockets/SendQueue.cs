using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// The order of one stream's sends. Invariant: at most one send has its result outstanding; all others wait here in the
/// order of their calls. (Two in flight could be reordered once the first has to wait for room.) Notifications are not
/// waited for: any number may be owed. Copied sends that wait behind each other go on together, as one <see cref="StreamTrain"/>.
/// </summary>
/// <remarks>
/// A send on its caller's thread takes the turn and gives it back without the gate, as long as nobody else comes for it meanwhile:
/// who does has it decided under the gate from there on, until nobody is left.
/// </remarks>
internal sealed class SendQueue(SocketCore core)
{
    private const int Free = 0;
    private const int Claimed = 1;
    private const int Gated = 2;

    private readonly Lock _gate = new();
    private int _turn;
    private Operation? _active;
    // While gated: a send on its caller's thread goes ahead of the line and is no operation.
    private bool _claimed;
    private StreamTrain? _train;
    private SendOperation? _first;
    private SendOperation? _last;
    private int _failure;

    /// <summary>True when the send may go at once; otherwise it waits in line. An errno instead when the stream is torn.</summary>
    public bool TryStart(SendOperation send, out int failure)
    {
        lock (_gate)
        {
            failure = _failure;
            if (failure != 0)
            {
                return false;
            }

            Gate();
            if (_active is null && !_claimed)
            {
                _active = send;
                return true;
            }

            send.Previous = _last;
            if (_last is null)
            {
                _first = send;
            }
            else
            {
                _last.Next = send;
            }

            _last = send;
            return false;
        }
    }

    /// <summary>Takes the turn for a send on the calling thread, unless another send has it or the stream is torn.</summary>
    public bool TryClaim() => Interlocked.CompareExchange(ref _turn, Claimed, Free) == Free;

    /// <summary>The send on the calling thread is over. Returns the next to go, if any.</summary>
    public Operation? ReleaseClaim()
    {
        if (Interlocked.CompareExchange(ref _turn, Free, Claimed) == Claimed)
        {
            return null;
        }

        lock (_gate)
        {
            _claimed = false;
            return GoOn();
        }
    }

    /// <summary>The send on the calling thread goes on as an operation.</summary>
    public void HandClaim(SendOperation send)
    {
        lock (_gate)
        {
            Gate();
            _claimed = false;
            _active = send;
        }
    }

    /// <summary>The errno with which the stream was torn; 0 while it was not.</summary>
    public int Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    /// <summary>The result of the active send, or of the whole train, is known. Returns the next to go, if any.</summary>
    public Operation? Finish(Operation ended)
    {
        lock (_gate)
        {
            // A send that travels in a train is not itself the active one.
            return _active == ended ? GoOn() : null;
        }
    }

    /// <summary>
    /// Takes a waiting send out of the line. False when it is not waiting, or no longer that send: a version does not
    /// change while its send waits.
    /// </summary>
    public bool TryRemove(SendOperation send, int version)
    {
        lock (_gate)
        {
            if (send.Version != version)
            {
                return false;
            }

            if (send != _first && send.Previous is null)
            {
                return false;
            }

            Unlink(send);
            return true;
        }
    }

    /// <summary>Ends everything that waits, and everything that will be started, with an errno.</summary>
    public void FailWaiting(int errno)
    {
        SendOperation? send;
        lock (_gate)
        {
            _failure = errno;
            Gate();
            send = _first;
            _first = null;
            _last = null;
            // Off the line, so that no cancellation finds them waiting; the chain is ours alone.
            for (SendOperation? off = send; off is not null; off = off.Next)
            {
                off.Previous = null;
            }
        }

        while (send is not null)
        {
            SendOperation? next = send.Next;
            send.Next = null;
            send.OnNotIssued(errno);
            send = next;
        }
    }

    /// <summary>Has the turn decided under the gate, which the caller holds.</summary>
    private void Gate() => _claimed |= Interlocked.Exchange(ref _turn, Gated) == Claimed;

    /// <summary>Nobody has the turn: the next of the line does, or it is free. Never again where the stream is torn.</summary>
    private Operation? GoOn()
    {
        _active = TakeNext();
        if (_active is null && _failure == 0)
        {
            Volatile.Write(ref _turn, Free);
        }

        return _active;
    }

    private Operation? TakeNext()
    {
        if (_first is not { } next)
        {
            return null;
        }

        if (next.Next is not { } second || !StreamTrain.CanBoard(next) || !StreamTrain.CanBoard(second))
        {
            Unlink(next);
            return next;
        }

        _train ??= new StreamTrain(core);
        while (_first is { } send && _train.TryBoard(send))
        {
            Unlink(send);
        }

        return _train;
    }

    private void Unlink(SendOperation send)
    {
        if (send.Previous is null)
        {
            _first = send.Next;
        }
        else
        {
            send.Previous.Next = send.Next;
        }

        if (send.Next is null)
        {
            _last = send.Previous;
        }
        else
        {
            send.Next.Previous = send.Previous;
        }

        send.Next = null;
        send.Previous = null;
    }
}
