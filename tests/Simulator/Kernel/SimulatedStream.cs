using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>
/// A connected stream: a send buffer of limited size that empties at the peer's whim, and a receive buffer that the peer fills.
/// A zero-copy send's memory is read when its bytes leave, which is when the peer takes them.
/// </summary>
internal sealed unsafe class SimulatedStream : SimulatedSocket
{
    /// <summary>What a poll answers.</summary>
    private const int PollIn = 1;

    private readonly LinkedList<Piece> _unsent = [];
    private int _buffered;
    private bool _sendEnded;
    private bool _receiveEnded;
    private bool _peerEnded;
    private bool _isReset;
    private bool _resetOnClose;
    private bool _isStalled;
    private bool _isDeparting;
    private bool _tears;
    private int _peerWillWrite;
    private long _written;
    private long _received;

    public SimulatedStream(SwarmKernel kernel, string name)
        : base(kernel, name)
    {
        Ledger = new StreamLedger(name);
        _peerWillWrite = Chance.Pick<int>([0, 100, 20_000]);
    }

    public override bool IsStream => true;

    /// <summary>What was sent and what arrived.</summary>
    public StreamLedger Ledger { get; }

    /// <summary>Bytes were given up with the connection, so what is missing need not have arrived.</summary>
    public bool HasLost { get; private set; }

    public bool HasUnsent => _unsent.Count > 0;

    public bool PeerEnded => _peerEnded;

    public bool IsReset => _isReset;

    /// <summary>Bytes the peer has written in all; what they are follows from their position.</summary>
    public long Written => _written;

    /// <summary>A receive would not have to wait.</summary>
    public bool IsReadable => _isReset || _peerEnded || _receiveEnded || HasUnread;

    private bool HasUnread => _written > _received;

    /// <summary>The peer is there: it connected to us, or we have connected to it.</summary>
    public void PeerLives() => Kernel.World.After(Chance.Skewed(5_000), PeerWrites);

    /// <summary>The peer gives up after a while, without having been accepted perhaps.</summary>
    public void PeerGivesUp() => Kernel.World.After(Chance.Skewed(5_000), Reset);

    public override int TrySend(Request send, PeerAddress destination)
    {
        if (SendError() is var errno and not 0)
        {
            return -errno;
        }

        int taken = Math.Min(send.Length, Room);
        if (taken > 1 && Chance.Happens(Settings.ShortSends))
        {
            taken = Chance.Between(1, taken);
        }

        if (taken == 0)
        {
            return -KernelError.EAGAIN;
        }

        Append(new Piece(send.Read(0, taken)));
        return taken;
    }

    public int TryReceive(Span<byte> buffer)
    {
        if (_isReset)
        {
            return -KernelError.ECONNRESET;
        }

        int count = (int)Math.Min(buffer.Length, _written - _received);
        if (count == 0)
        {
            return _peerEnded || _receiveEnded ? 0 : -KernelError.EAGAIN;
        }

        count = Chance.Between(1, count);
        Payload.FillFromPeer(buffer[..count], _received);
        _received += count;
        return count;
    }

    public override void Shutdown(SocketShutdown how)
    {
        _sendEnded |= how is SocketShutdown.Send or SocketShutdown.Both;
        _receiveEnded |= how is SocketShutdown.Receive or SocketShutdown.Both;
        RetryWaiting();
    }

    public override void ResetOnClose() => _resetOnClose = true;

    protected override void OnClosed()
    {
        if (_resetOnClose)
        {
            Reset();
        }
        else if (_isStalled && UnacknowledgedLimit is { } limit)
        {
            Kernel.World.After((int)limit.TotalMicroseconds, Reset);
        }
    }

    protected override void Try(Request request)
    {
        switch (request.Operation)
        {
            case KernelOperation.Connect:
                Kernel.Later(() => Connected(request));
                break;
            case KernelOperation.ReceiveMultishot:
                ReceiveMany(request);
                break;
            case KernelOperation.WaitReadable:
                if (IsReadable)
                {
                    Answer(request, PollIn);
                }

                break;
            case KernelOperation.Receive:
                int result = TryReceive(new Span<byte>(request.Submission.Buffer, request.Submission.Length));
                if (result != -KernelError.EAGAIN)
                {
                    Answer(request, result);
                }

                break;
            default:
                Send(request);
                break;
        }
    }

    protected override void Detach(Request request)
    {
        foreach (Piece piece in _unsent)
        {
            if (piece.Request == request)
            {
                piece.CopyNow();
            }
        }

        request.Unread = 0;
    }

    private int Room => Math.Max(0, Settings.SendBuffer - _buffered);

    private int SendError() => _isReset ? KernelError.ECONNRESET : _sendEnded ? KernelError.EPIPE : 0;

    private void Connected(Request request)
    {
        if (request.State != RequestState.Answered)
        {
            Answer(request, 0);
            PeerLives();
        }
    }

    /// <summary>Fills buffers with what there is, perhaps not all at once, so that a cancellation finds it in the middle.</summary>
    private void ReceiveMany(Request request)
    {
        while (request.State == RequestState.Waiting && IsReadable)
        {
            if (_isReset || !HasUnread)
            {
                // An end and an error need no buffer; the kernel may have taken one all the same.
                uint flags = Chance.Happens(0.2) && request.Ring.Buffers!.TryTake(out ProvidedBuffer unused) ? unused.Flags : 0;
                Answer(request, _isReset ? -KernelError.ECONNRESET : 0, flags);
                return;
            }

            if (!request.Ring.Buffers!.TryTake(out ProvidedBuffer buffer))
            {
                Answer(request, -KernelError.ENOBUFS);
                return;
            }

            Bring(request, TryReceive(buffer.Bytes), buffer.Flags);
            if (Chance.Happens(0.3))
            {
                Kernel.Later(() => Execute(request));
                return;
            }
        }
    }

    private void Send(Request request)
    {
        if (SendError() is var errno and not 0)
        {
            Answer(request, request.Taken > 0 ? request.Taken : -errno);
            return;
        }

        if (_tears && request.Taken == 0)
        {
            // Whatever it is passes: who sends on all the same gets through.
            _tears = false;
            Kernel.ErrorsInjected++;
            Answer(request, -KernelError.EHOSTUNREACH);
            return;
        }

        int taken = Math.Min(request.Length - request.Taken, Room);
        if (taken > 0)
        {
            var piece = request.IsZeroCopy
                ? new Piece(request, request.Taken, taken)
                : new Piece(request.Read(request.Taken, taken));
            request.Taken += taken;
            Append(piece);
        }

        bool isShort = request.Taken > 0 && request.Taken < request.Length && (!request.Submission.WaitAll || Chance.Happens(Settings.ShortSends));
        if (request.Taken == request.Length || isShort)
        {
            _tears = isShort && Chance.Happens(Settings.TornSends);
            Answer(request, request.Taken);
        }
    }

    private void Append(Piece piece)
    {
        _unsent.AddLast(piece);
        _buffered += piece.Left;
        Depart();
    }

    /// <summary>Sees to it that bytes leave, in time.</summary>
    private void Depart()
    {
        if (!_isDeparting && !_isStalled && _unsent.Count > 0)
        {
            _isDeparting = true;
            Kernel.Later(OnDeparture);
        }
    }

    private void OnDeparture()
    {
        _isDeparting = false;
        if (_isStalled || _isReset)
        {
            return;
        }

        int left = Chance.Skewed(Settings.PeerChunk);
        while (left > 0 && _unsent.First is { } first)
        {
            Piece piece = first.Value;
            int count = Math.Min(left, piece.Left);
            Ledger.Arrive(piece.Take(count));
            _buffered -= count;
            left -= count;
            if (piece.Left == 0)
            {
                _unsent.RemoveFirst();
                OnRead(piece);
            }
        }

        PeerActs();
        RetryWaiting();
        Depart();
    }

    private void OnRead(Piece piece)
    {
        if (piece.Request is { } request && --request.Unread == 0 && request.OwesNotification)
        {
            OnAllRead(request);
        }
    }

    /// <summary>What a peer may do whenever it has read something or is about to write.</summary>
    private void PeerActs()
    {
        if (Chance.Happens(Settings.PeerResets))
        {
            Reset();
        }
        else if (Chance.Happens(Settings.PeerEnds))
        {
            _peerEnded = true;
            RetryWaiting();
        }
        else if (Chance.Happens(Settings.PeerStallsForEver))
        {
            _isStalled = true;
        }
        else if (Chance.Happens(Settings.PeerStalls))
        {
            _isStalled = true;
            Kernel.World.After(Chance.Skewed(30_000), () =>
            {
                _isStalled = false;
                Depart();
            });
        }
    }

    /// <summary>The peer writes what it has to say, piece by piece, and goes on living whether or not it is listened to.</summary>
    private void PeerWrites()
    {
        if (IsClosed || _isReset || _peerEnded || _peerWillWrite == 0)
        {
            return;
        }

        int count = Math.Min(_peerWillWrite, Chance.Skewed(Settings.PeerChunk));
        _peerWillWrite -= count;
        _written += count;
        PeerActs();
        RetryWaiting();
        PeerLives();
    }

    private void Reset()
    {
        if (_isReset)
        {
            return;
        }

        _isReset = true;
        HasLost = true;
        while (_unsent.First is { } first)
        {
            _unsent.RemoveFirst();
            OnRead(first.Value);
        }

        _buffered = 0;
        ReleaseHeld();
        RetryWaiting();
    }

    /// <summary>Bytes on their way: a copy, or a stretch of memory that is read when they leave.</summary>
    private sealed class Piece
    {
        private byte[]? _copy;
        private int _offset;

        public Piece(byte[] copy)
        {
            _copy = copy;
            Left = copy.Length;
        }

        public Piece(Request request, int offset, int length)
        {
            Request = request;
            _offset = offset;
            Left = length;
            request.Unread++;
        }

        /// <summary>Whose memory it is; null for a copy.</summary>
        public Request? Request { get; private set; }

        public int Left { get; private set; }

        public ReadOnlySpan<byte> Take(int count)
        {
            ReadOnlySpan<byte> taken = _copy is null ? Request!.Read(_offset, count) : _copy.AsSpan(_offset, count);
            _offset += count;
            Left -= count;
            return taken;
        }

        public void CopyNow()
        {
            _copy = Request!.Read(_offset, Left);
            _offset = 0;
            Request = null;
        }
    }
}
