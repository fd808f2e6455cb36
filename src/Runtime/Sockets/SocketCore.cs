using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// What every socket is inside: a descriptor, its loop, its send order and its end. The descriptor is closed last, when
/// no operation and no system call names it any more, so a reused number can never be meant by an old operation.
/// </summary>
internal sealed partial class SocketCore
{
    private const int ClosingBit = 1 << 30;

    // Taking a place and leaving it are two system calls, about what so many sends by it save.
    private const int SendsBeforePlace = 64;

    // There before the closing bit is, and never for a socket that only lives: ten thousand of them wait.
    private Ending? _ending;

    // Users of the descriptor: one for being open, one per operation without a result, one per system call.
    private int _users = 1;

    // On the loop.
    private SendRhythm _rhythm;
    private int _zeroCopySends;
    private int _place;
    private int _receives;
    private StandingOperation? _incoming;
    private TaskCompletionSource? _recycled;
    private bool _isQuarantined;

    public SocketCore(ZeroCopyEngine engine, ZeroCopyLoop loop, Socket socket)
    {
        Engine = engine;
        Loop = loop;
        Guard = engine.Operations.Guard;
        // io_uring would answer EAGAIN on a non-blocking descriptor instead of waiting.
        bool blocking = engine.Kernel.Kind != EngineKind.Portable;
        if (socket.Blocking != blocking)
        {
            socket.Blocking = blocking;
        }

        Handle = new KernelSocket(socket);
        IsStream = socket.SocketType == SocketType.Stream;
        // Blocking descriptors are io_uring's, whose completions have a flag for it.
        TellsOfMore = blocking && IsStream && socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;
        Policy = new SendPolicy(engine, loop, IsStream);
        Sends = new SendQueue(this);
        ConsiderTrains();
        Id = engine.Track(this);
        ZeroCopyEventSource.Log.SocketOpened(engine.Id, Handle.Fd, loop.Index);
        if (engine.IsEnding)
        {
            // The engine ends what it finds open; what comes later, from an accept that had its connection in hand say, ends itself.
            _ = CloseAsync(abort: true);
        }
    }

    /// <summary>Tells the sockets of an engine apart, in the order of their making.</summary>
    public int Id { get; }

    public ZeroCopyEngine Engine { get; }

    public ZeroCopyLoop Loop { get; }

    public KernelSocket Handle { get; }

    /// <summary>Null where guard mode is off.</summary>
    public Guard? Guard { get; }

    public bool IsStream { get; }

    public SendPolicy Policy { get; }

    public SendQueue Sends { get; }

    public bool IsClosing => (Volatile.Read(ref _users) & ClosingBit) != 0;

    /// <summary>Sends whose memory the kernel still holds.</summary>
    public int Owed => Policy.Owed;

    /// <summary>The local address.</summary>
    public EndPoint LocalEndPoint
    {
        get
        {
            Enter();
            try
            {
                return Engine.Kernel.LocalEndPoint(Handle);
            }
            finally
            {
                Exit();
            }
        }
    }

    /// <summary>Bytes of the longest datagram that is worth a try in a <see cref="CopiedDatagramTrain"/>; 0: none is.</summary>
    public int LargestInTrain { get; set; }

    /// <summary>What stays with the kernel and takes in connections or bytes; null until there is a use for it.</summary>
    public StandingOperation? Incoming => Volatile.Read(ref _incoming);

    /// <summary>
    /// A receive says whether the socket held more. TCP always knows (tcp_inq_hint); of a Unix socket only a receive that has room left does.
    /// </summary>
    public bool TellsOfMore { get; }

    /// <summary>
    /// The last receive took everything the socket held, as far as the kernel tells: another will have to wait, and need not try first.
    /// </summary>
    public bool IsDrained { get; set; }

    /// <summary>The socket's user may have corked it (TCP_CORK), which ours would undo.</summary>
    public bool UserMayCork { get; set; }

    /// <summary>Short datagrams travel together where the kernel cuts them apart again, unless it cuts for the socket's user.</summary>
    public void ConsiderTrains()
    {
        LargestInTrain = !IsStream && Engine.Kernel.CutsDatagrams(Handle.Socket) ? DatagramTrains.MaxBytes : 0;

        // Longer ones, which find no company, do not wait for it either.
        Policy.LargestTogether = Engine.Kernel.SupportsRegisteredGather && Loop.SlabRegistered ? LargestInTrain / 2 : 0;
    }

    /// <summary>A receive into the caller's memory is with the kernel.</summary>
    public void BeginReceive() => Interlocked.Increment(ref _receives);

    public void EndReceive() => Interlocked.Decrement(ref _receives);

    /// <summary>What the socket accepts; for its listener.</summary>
    public AcceptQueue Accepts() => (AcceptQueue)Introduce(new AcceptQueue(this));

    /// <summary>What the stream receives into its loop's buffers. Once there, every receive goes through it, or bytes would change places.</summary>
    /// <exception cref="InvalidOperationException">A receive into the caller's memory is outstanding.</exception>
    public LeasedReceives LeasedReceives()
    {
        if (Incoming is LeasedReceives receives)
        {
            return receives;
        }

        if (Volatile.Read(ref _receives) != 0)
        {
            throw new InvalidOperationException("A receive is already outstanding on this socket; await it first.");
        }

        return (LeasedReceives)Introduce(new LeasedReceives(this));
    }

    /// <summary>Takes a hold on the descriptor.</summary>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Enter()
    {
        if (!TryEnter())
        {
            throw new ObjectDisposedException(nameof(ZeroCopySocket), "The socket was disposed.");
        }
    }

    /// <summary>As <see cref="Enter"/>; false if the socket was disposed.</summary>
    public bool TryEnter()
    {
        // Never even for a moment once the socket closes: whoever cancels on its behalf asks whether anybody is left.
        int users = Volatile.Read(ref _users);
        while ((users & ClosingBit) == 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _users) == ClosingBit)
        {
            _ending!.Idle.TrySetResult();
        }
    }

    /// <param name="onLoop">For code on the loop.</param>
    public SendOperation RentSend(bool onLoop) => onLoop ? Loop.IdleSends.Get() : Engine.Operations.RentSend();

    /// <summary>
    /// Sends what the operation was lent. The result may be there when this returns. Where it was tried directly, the rest follows,
    /// and a stream's turn is still the caller's.
    /// </summary>
    public int Start(SendOperation send, in PeerAddress destination, bool zeroCopy, bool unified, CancellationToken cancellation, bool onLoop, in DirectSend direct = default)
    {
        int version;
        if (direct.WasTried)
        {
            version = send.Begin(this, destination, zeroCopy, unified, cancellation, onLoop, direct.Sent);
            if (IsStream)
            {
                Sends.HandClaim(send);
            }

            Loop.Issue(send);
        }
        else
        {
            version = Enqueue(send, destination, zeroCopy, unified, cancellation, onLoop, out bool mayGo);
            if (mayGo)
            {
                Issue(send, onLoop);
            }
        }

        return version;
    }

    /// <summary>Puts a send in line. The caller issues it if it may go at once.</summary>
    public int Enqueue(SendOperation send, in PeerAddress destination, bool zeroCopy, bool unified, CancellationToken cancellation, bool onLoop, out bool mayGo)
    {
        int version = send.Begin(this, destination, zeroCopy, unified, cancellation, onLoop, sent: 0);
        int failure = 0;
        mayGo = !IsStream || Sends.TryStart(send, out failure);
        if (failure != 0)
        {
            send.OnNotIssued(failure);
        }
        else if (!mayGo && send.CancelRequested)
        {
            // The token may have fired before the send stood in line, where the loop did not find it.
            Loop.Post(LoopWork.Cancel(send, version));
        }

        return version;
    }

    /// <summary>A send's result is known: the stream's next may go.</summary>
    public void OnSendResult(SendOperation send)
    {
        if (!IsStream)
        {
            return;
        }

        if (send.IsTorn)
        {
            // Half a message is on the wire; whatever followed would be read as its other half.
            Sends.FailWaiting(KernelError.ECONNABORTED);
        }

        OnSendEnded(send);
    }

    /// <summary>The active send, or train of sends, has ended: the stream's next may go.</summary>
    public void OnSendEnded(Operation ended)
    {
        switch (Sends.Finish(ended))
        {
            case SendOperation send when Loop.IsCurrent && TryGoDirectly(send):
                break;
            case { } next:
                Loop.Issue(next);
                break;
        }
    }

    /// <summary>The kernel gave one send's memory back.</summary>
    /// <param name="owedBytes">What was said to be owed for it.</param>
    public void OnRecycled(int owedBytes)
    {
        // Full fence: see WhenRecycledAsync and Ending.BeginWait.
        if (!Policy.OnReturned(owedBytes))
        {
            return;
        }

        EndRecycledWait();

        if (IsClosing)
        {
            _ending!.EndWait();
        }
    }

    /// <summary>The ring is gone and the kernel may keep some send's memory for ever.</summary>
    public void OnQuarantined()
    {
        // Full fence, as in OnRecycled.
        Interlocked.Exchange(ref _isQuarantined, true);
        EndRecycledWait();
    }

    /// <summary>Completes when no memory is the kernel's for a send of this socket's.</summary>
    public Task WhenRecycledAsync()
    {
        TaskCompletionSource wait;
        lock (Handle)
        {
            // Full fence: whoever returns the last memory sees that it is waited for, or this sees that nothing is owed.
            wait = _recycled ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _recycled, wait);
        }

        EndRecycledWait();
        return wait.Task;
    }

    /// <summary>Takes a hold on the descriptor of a closing socket, unless nobody has one any more.</summary>
    public bool TryStay()
    {
        int users = Volatile.Read(ref _users);
        while (users != ClosingBit)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>
    /// On the loop, for a zero-copy send: the socket's place in the loop's ring, which those that send much have; 0: none. Other
    /// operations cost more than the descriptor's look-up by far.
    /// </summary>
    public int PlaceIn(KernelRing ring)
    {
        if (_zeroCopySends < SendsBeforePlace && ++_zeroCopySends == SendsBeforePlace)
        {
            _place = ring.TakePlace(Handle);
        }

        return _place;
    }

    /// <summary>On the loop, of a closing socket that issues nothing more: the ring no longer holds it open.</summary>
    public void LeavePlace(KernelRing ring)
    {
        if (_place != 0)
        {
            ring.LeavePlace(_place);
            _place = 0;
        }
    }

    private void EndRecycledWait()
    {
        if (Volatile.Read(ref _recycled) is not { } wait)
        {
            return;
        }

        bool quarantined;
        lock (Handle)
        {
            // Looked at where others join the wait: it must not end for a send that one of them made before it joined.
            quarantined = Volatile.Read(ref _isQuarantined);
            if (_recycled != wait || (Owed != 0 && !quarantined))
            {
                return;
            }

            _recycled = null;
        }

        if (quarantined)
        {
            wait.SetException(OwnershipErrors.EngineGone("a notification of this socket"));
        }
        else
        {
            wait.SetResult();
        }
    }

    /// <summary>The first one there stays. Who closes the socket ends it; if it came too late for that, it finds the socket closing.</summary>
    private StandingOperation Introduce(StandingOperation operation) => Interlocked.CompareExchange(ref _incoming, operation, null) ?? operation;

    private void Issue(SendOperation send, bool onLoop)
    {
        if (onLoop)
        {
            if (TryGoDirectly(send))
            {
                return;
            }

            // Where other code waits for its turn on the loop, what that sends may share the trip to the kernel.
            if (_rhythm.GoesAtOnce() && !Loop.HasLocalWork && Loop.Budget.TryTakeSend())
            {
                Policy.OnDeparture(1);
                Loop.IssueHere(send);
                Loop.SubmitNow();
            }
            else
            {
                _rhythm.OnWaiting(send);
                if (!Loop.Trains.TryBoard(send))
                {
                    Loop.IssueHere(send);
                }
            }
        }
        else if (send.IsZeroCopy)
        {
            Loop.Caller.Submit(send);
        }
        else if (!TrySend(send, onLoop: false))
        {
            Loop.Issue(send);
        }
    }
}
