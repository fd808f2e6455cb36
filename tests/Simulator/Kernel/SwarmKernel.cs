using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>
/// A kernel that answers by itself, as the seed's settings have it, and holds the engine to the rules of the seam: it reads
/// memory when the data leaves, not when it is told of it, and looks at what it owns after every step.
/// </summary>
internal sealed unsafe partial class SwarmKernel(World world, Settings settings) : Engine.Kernel
{
    private static readonly int[] s_errors =
    [
        KernelError.EPIPE, KernelError.ECONNRESET, KernelError.ETIMEDOUT, KernelError.EHOSTUNREACH, KernelError.ENETDOWN,
        KernelError.ENETUNREACH, KernelError.EPERM, KernelError.EINVAL, KernelError.EMSGSIZE, KernelError.ENOTCONN,
        KernelError.ENOMEM, KernelError.ENOBUFS, KernelError.EACCES, KernelError.EADDRNOTAVAIL,
    ];

    private readonly Dictionary<Socket, SimulatedSocket> _sockets = [];
    private readonly List<Request> _requests = [];
    private readonly List<SwarmSlab> _receiveMemory = [];
    private readonly List<SwarmRing> _loopRings = [];
    private ulong _nextNumber;
    private int _nextStream;

    public World World => world;

    public Settings Settings => settings;

    public SwarmSlab? Slab { get; private set; }

    /// <summary>What each loop receives into.</summary>
    public IReadOnlyList<SwarmSlab> ReceiveMemory => _receiveMemory;

    /// <summary>Errors drawn so far, which explain failures that nothing else does.</summary>
    public int ErrorsInjected { get; set; }

    /// <summary>Puts something between the engine and each ring.</summary>
    public Func<SwarmRing, KernelRing> Decorate { get; set; } = static ring => ring;

    /// <summary>Told of every shutdown before it happens.</summary>
    public Action<SimulatedSocket> ShuttingDown { get; set; } = static _ => { };

    /// <summary>Told when the engine closes its first ring, which ends simulated time.</summary>
    public Action Ended { get; set; } = static () => { };

    /// <summary>The requests of which the engine has not been told everything.</summary>
    public IReadOnlyList<Request> Requests => _requests;

    public override EngineKind Kind => EngineKind.IoUring;

    public override string Description => "simulated kernel";

    public override bool SupportsZeroCopy => true;

    public override bool SupportsGatheredZeroCopy => settings.GatheredZeroCopy;

    public override bool SupportsRegisteredGather => settings.RegisteredGather;

    public override bool CutsDatagrams(Socket socket) =>
        settings.CutsDatagrams && _sockets.GetValueOrDefault(socket) is null or SimulatedDatagramSocket { SegmentSize: 0 };

    public override Slab AllocateSlab(nuint length) => Slab = new SwarmSlab(this, length);

    public override Slab AllocateReceiveMemory(nuint length)
    {
        _receiveMemory.Add(new SwarmSlab(this, length));
        return _receiveMemory[^1];
    }

    public override KernelRing OpenLoopRing()
    {
        _loopRings.Add(new SwarmRing(this, loopRing: null));
        return Decorate(_loopRings[^1]);
    }

    public override KernelRing OpenCallerRing(KernelRing loopRing) => Decorate(new SwarmRing(this, Bugs.PlantedRing.Inside(loopRing)));

    public override int TrySend(in Submission submission)
    {
        var request = new Request(ring: null, submission, number: 0);
        PeerAddress destination = AddressIn(submission);
        return Directly(submission.Socket!, found => found.TrySend(request, destination));
    }

    public override int TryReceive(KernelSocket socket, byte* buffer, int length) => Directly(socket, found =>
    {
        ViolationException.ThrowUnless(
            OwnerOf(buffer, length) is not { } owner, Invariant.OwedMemoryIsUntouched, $"memory that the kernel owns for {OwnerOf(buffer, length)} is received into");
        return ((SimulatedStream)found).TryReceive(new Span<byte>(buffer, length));
    });

    public override int TryReceiveFrom(KernelSocket socket, byte* buffer, int length, MessageBlock* message) =>
        Directly(socket, found => ((SimulatedDatagramSocket)found).TryReceive(buffer, length, message));

    public override EndPoint LocalEndPoint(KernelSocket socket) => new IPEndPoint(IPAddress.Loopback, 1);

    public override void FinishReceiveFrom(MessageBlock* message)
    {
        // The receive left everything where it belongs.
    }

    public override void Shutdown(KernelSocket socket, SocketShutdown how) => OnSocket(socket, found =>
    {
        ShuttingDown(found);
        found.Shutdown(how);
    });

    public override void ResetOnClose(KernelSocket socket) => OnSocket(socket, found => found.ResetOnClose());

    public override void LimitUnacknowledged(KernelSocket socket, TimeSpan limit) => OnSocket(socket, found => found.UnacknowledgedLimit = limit);

    public override void Close(KernelSocket socket)
    {
        OnSocket(socket, found =>
        {
            foreach (Request request in _requests)
            {
                ViolationException.ThrowUnless(
                    request.Socket != found || request.State == RequestState.Answered,
                    Invariant.ClosedLast,
                    $"{found} was closed while {request} names it");
            }

            found.Close();
        });
        base.Close(socket);
    }

    public void AddDatagram(ZeroCopyDatagramSocket socket, SimulatedDatagramSocket simulated) => _sockets.Add(socket.Core.Handle.Socket, simulated);

    public SimulatedSocket? Find(KernelSocket socket) => _sockets.GetValueOrDefault(socket.Socket);

    public SimulatedStream StreamOf(ZeroCopySocket socket) => (SimulatedStream)_sockets[socket.Core.Handle.Socket];

    public SimulatedDatagramSocket DatagramsOf(ZeroCopyDatagramSocket socket) => (SimulatedDatagramSocket)_sockets[socket.Core.Handle.Socket];

    /// <summary>The receive buffers of a loop that the kernel may fill.</summary>
    public IReadOnlyCollection<int> OwnedReceiveBuffers(int loop) => _loopRings[loop].Buffers?.Owned ?? [];

    /// <summary>Whether the kernel has a submission for the socket, or owes it a notification.</summary>
    public bool IsAtWorkFor(SimulatedSocket socket, Func<Request, bool> kind) => _requests.Exists(request => request.Socket == socket && kind(request));

    /// <summary>Whether the kernel may still look at any of these bytes.</summary>
    public Request? OwnerOf(byte* address, int length)
    {
        foreach (Request request in _requests)
        {
            if (request.Touches(address, length))
            {
                return request;
            }
        }

        return null;
    }

    public void CheckMemory()
    {
        foreach (Request request in _requests)
        {
            if (request.IsSend && request.OwnsMemory)
            {
                request.CheckMemory();
            }
        }
    }

    /// <summary>A submission enters the queue: from here the memory is the kernel's.</summary>
    public Request Admit(SwarmRing ring, in Submission submission)
    {
        var request = new Request(ring, submission, ++_nextNumber);
        if (submission.Socket is { } socket)
        {
            request.Socket = Find(socket) ?? Connecting(socket, submission);
        }

        if (!request.IsCancel)
        {
            ViolationException.ThrowUnless(!request.Socket.IsClosed, Invariant.ClosedLast, $"{request} names a closed descriptor");
            if (request.IsSend && request.Socket.IsStream)
            {
                ViolationException.ThrowUnless(
                    request.Socket.Untold is null, Invariant.OneResultOutstanding, $"{request} was submitted while the result of {request.Socket.Untold} is outstanding");
                request.Socket.Untold = request;
            }
            else if (request.IsIncoming)
            {
                ViolationException.ThrowUnless(
                    request.Socket.Incoming is null, Invariant.OneResultOutstanding, $"{request} was submitted while {request.Socket.Incoming} is outstanding");
                request.Socket.Incoming = request;
            }

            _requests.Add(request);
        }

        World.Note((ulong)submission.Operation << 56 ^ submission.UserData ^ (uint)request.Length, () => $"submission of {request} to the {ring}");
        return request;
    }

    /// <summary>The kernel takes a submission in.</summary>
    public void Submit(Request request)
    {
        request.State = RequestState.Queued;
        request.CheckSegments();
        if (request.IsCancel)
        {
            Maybe(World.Chance.Happens(settings.LateCancels), () => Cancel(request));
            return;
        }

        request.Address = AddressIn(request.Submission);
        Maybe(!World.Chance.Happens(settings.ExecutesAtOnce), () => request.Socket.Execute(request));
    }

    /// <summary>The error this request is to end with before it has done anything; 0 for none.</summary>
    public int DrawFault(Request request)
    {
        if (request.IsZeroCopy && World.Chance.Happens(settings.Refusals))
        {
            return World.Chance.Pick<int>([KernelError.ENOBUFS, KernelError.ENOMEM, KernelError.EOPNOTSUPP]);
        }

        if (World.Chance.Happens(settings.Retries))
        {
            return request.IsSend ? World.Chance.Pick<int>([KernelError.EINTR, KernelError.EAGAIN, KernelError.ECANCELED]) : KernelError.EINTR;
        }

        if (World.Chance.Happens(settings.Errors))
        {
            ErrorsInjected++;
            return World.Chance.Pick<int>(s_errors);
        }

        return 0;
    }

    public void PostResult(Request request, int result, bool more, uint flags)
    {
        request.State = RequestState.Answered;
        request.OwesNotification = more;
        request.Ring.Post(request, new Completion(request.Submission.UserData, result, flags | (more ? Completion.More : 0)));
    }

    /// <summary>One of a multishot's completions, not its last.</summary>
    public void PostMore(Request request, int result, uint flags) =>
        request.Ring.Post(request, new Completion(request.Submission.UserData, result, flags | Completion.More));

    public void PostNotification(Request request)
    {
        request.CheckMemory();
        request.OwesNotification = false;
        int result = request.WasCopied ? unchecked((int)Completion.ZeroCopyCopied) : 0;
        request.Ring.Post(request, new Completion(request.Submission.UserData, result, Completion.Notification));
    }

    /// <summary>A completion has been taken off its ring.</summary>
    public void OnTold(Request request, in Completion completion)
    {
        request.IsTold = true;
        if (request.IsCancel)
        {
            return;
        }

        request.Ring.Buffers?.OnTold(completion);
        if (request.Socket.Untold == request)
        {
            request.Socket.Untold = null;
        }

        if (request.Socket.Incoming == request && completion.IsTerminal)
        {
            request.Socket.Incoming = null;
        }

        if (!request.OwnsMemory)
        {
            _requests.Remove(request);
        }
    }

    /// <summary>Something happens after an ordinary delay.</summary>
    public void Later(Action happening) => World.After(World.Chance.Skewed(settings.LongestDelay), happening);

    public void OnRingClosing()
    {
        if (!World.IsOver)
        {
            World.WindUp();
            Ended();
        }
    }

    private void Maybe(bool later, Action happening)
    {
        if (later)
        {
            Later(happening);
        }
        else
        {
            World.Guard(happening);
        }
    }

    private void Cancel(Request cancel)
    {
        int result = -KernelError.ENOENT;
        foreach (Request request in _requests.ToArray())
        {
            bool meant = request.Ring == cancel.Ring
                && (request.State is RequestState.Queued or RequestState.Waiting)
                && (cancel.Operation == KernelOperation.CancelSocket
                    ? request.Socket == cancel.Socket
                    : request.Submission.UserData == cancel.Submission.CancelTarget);
            if (meant && World.Chance.Happens(settings.MissedCancels))
            {
                result = -KernelError.EALREADY;
                Later(() => request.Socket.Execute(request));
            }
            else if (meant)
            {
                result = 0;
                request.Socket.Cancel(request);
            }
        }

        if (cancel.Submission.UserData != Completion.Nobody)
        {
            cancel.Ring.Post(cancel, new Completion(cancel.Submission.UserData, result, 0));
        }
    }

    private SimulatedStream Connecting(KernelSocket socket, in Submission submission)
    {
        ViolationException.ThrowUnless(submission.Operation == KernelOperation.Connect, Invariant.ClosedLast, $"{submission.Operation} on a descriptor that is not connected");
        SimulatedStream stream = NewStream();
        _sockets.Add(socket.Socket, stream);
        return stream;
    }

    private void OnSocket(KernelSocket socket, Action<SimulatedSocket> action)
    {
        if (!World.IsOver && Find(socket) is { } found)
        {
            World.Guard(() => action(found));
        }
    }

    /// <summary>A system call on the calling thread, which never blocks.</summary>
    private int Directly(KernelSocket socket, Func<SimulatedSocket, int> call)
    {
        if (World.IsOver || World.Chance.Happens(settings.DirectBlocks))
        {
            return -KernelError.EAGAIN;
        }

        int result = -KernelError.EAGAIN;
        World.Guard(() =>
        {
            SimulatedSocket found = Find(socket)!;
            ViolationException.ThrowUnless(!found.IsClosed, Invariant.ClosedLast, $"a system call names the closed {found}");
            if (World.Chance.Happens(settings.Retries))
            {
                result = -KernelError.EINTR;
            }
            else if (World.Chance.Happens(settings.Errors))
            {
                ErrorsInjected++;
                result = -World.Chance.Pick<int>(s_errors);
            }
            else
            {
                result = call(found);
            }

            World.Note((uint)result, () => $"system call on {found}: {result}");
        });
        return result;
    }

    private static PeerAddress AddressIn(in Submission submission) =>
        submission.HasDestination || submission.Operation == KernelOperation.Connect
            ? new PeerAddress(submission.Message->AddressBytes, submission.Message->AddressLength)
            : default;
}
