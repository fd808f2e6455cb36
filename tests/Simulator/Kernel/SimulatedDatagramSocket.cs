using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>A datagram socket: what is sent arrives whole or not at all, in any order; what arrives is waiting to be received.</summary>
internal sealed unsafe class SimulatedDatagramSocket : SimulatedSocket
{
    /// <summary>UDP_MAX_SEGMENTS before Linux 6.9.</summary>
    private const int MostSegments = 64;

    private readonly Queue<ArrivedDatagrams> _arrived = new();
    private ulong _nextId;
    private int _willArrive;
    private bool _isShut;

    public SimulatedDatagramSocket(SwarmKernel kernel, string name)
        : base(kernel, name)
    {
        Ledger = new DatagramLedger(name);
        _willArrive = Chance.Between(0, 10);
        Arrivals();
    }

    public override bool IsStream => false;

    public DatagramLedger Ledger { get; }

    /// <summary>Bytes per datagram into which longer sends are cut (UDP_SEGMENT); 0 for none.</summary>
    public int SegmentSize { get; set; }

    /// <summary>Who sends to us. Of datagrams that were joined, the first says.</summary>
    public static PeerAddress Sender(ulong id) => new(new IPEndPoint(IPAddress.Loopback, 1 + (int)(id % 60_000)));

    public override int TrySend(Request send, PeerAddress destination)
    {
        Leave(send, destination);
        return send.Length;
    }

    public int TryReceive(byte* buffer, int length, MessageBlock* message)
    {
        if (!_arrived.TryDequeue(out ArrivedDatagrams arrived))
        {
            return _isShut ? 0 : -KernelError.EAGAIN;
        }

        byte[] whole = arrived.Join();
        int count = Math.Min(length, whole.Length);
        whole.AsSpan(0, count).CopyTo(new Span<byte>(buffer, length));
        PeerAddress from = Sender(arrived.FirstId);
        from.Native.CopyTo(message->AddressBytes);
        message->AddressLength = from.Native.Length;
        message->Truncated = whole.Length > length ? 1 : 0;
        message->SegmentSize = arrived.Count > 1 ? arrived.Length : 0;
        return count;
    }

    public override void Shutdown(SocketShutdown how)
    {
        // It says ENOTCONN where it is not connected, but wakes receivers with an end all the same.
        _isShut = true;
        RetryWaiting();
    }

    public override void ResetOnClose()
    {
    }

    protected override void OnClosed()
    {
    }

    protected override void Try(Request request)
    {
        if (request.Operation == KernelOperation.ReceiveFrom)
        {
            int result = TryReceive(request.Submission.Buffer, request.Submission.Length, request.Submission.Message);
            if (result != -KernelError.EAGAIN)
            {
                Answer(request, result);
            }

            return;
        }

        request.Taken = request.Length;
        request.Unread = 1;
        Answer(request, request.Taken);
        if (request.Unread > 0)
        {
            Kernel.Later(() => Depart(request));
        }
    }

    protected override void Detach(Request request)
    {
        if (request.Unread > 0)
        {
            request.Unread = 0;
            Leave(request, request.Address);
        }
    }

    private void Depart(Request request)
    {
        request.Unread = 0;
        Leave(request, request.Address);
        OnAllRead(request);
    }

    /// <summary>What was sent leaves, as one datagram or cut into several.</summary>
    private void Leave(Request send, PeerAddress destination)
    {
        byte[] sent = send.Read(0, send.Length);
        int size = send.Submission.SegmentSize > 0 ? send.Submission.SegmentSize : SegmentSize;
        if (size == 0 || sent.Length <= size)
        {
            Arrive(sent, destination);
            return;
        }

        byte[][] datagrams = [.. sent.Chunk(size)];
        ViolationException.ThrowUnless(
            datagrams.Length <= MostSegments, Invariant.OutcomesAreExplained, $"{this}: a send of {sent.Length} bytes would be {datagrams.Length} datagrams");
        foreach (byte[] datagram in datagrams)
        {
            Arrive(datagram, destination);
        }
    }

    private void Arrive(byte[] datagram, PeerAddress destination)
    {
        if (!Chance.Happens(Settings.LostDatagrams))
        {
            Kernel.Later(() => Ledger.Arrive(datagram, destination));
        }
    }

    private void Arrivals() => Kernel.World.After(Chance.Skewed(5_000), () =>
    {
        if (_willArrive-- > 0 && !IsClosed)
        {
            int count = Chance.Happens(Settings.JoinedDatagrams) ? Chance.Between(2, 5) : 1;
            int length = Chance.Between(Payload.HeaderLength, 1_500);
            int last = count > 1 ? Chance.Between(Payload.HeaderLength, length) : length;
            _arrived.Enqueue(new ArrivedDatagrams(_nextId + 1, count, length, last));
            _nextId += (ulong)count;
            RetryWaiting();
            Arrivals();
        }
    });

    /// <summary>Datagrams of one sender that are received together, all of one length but the last (UDP_GRO); or just one.</summary>
    private readonly record struct ArrivedDatagrams(ulong FirstId, int Count, int Length, int LastLength)
    {
        public byte[] Join()
        {
            var joined = new List<byte>();
            for (int i = 0; i < Count; i++)
            {
                joined.AddRange(Payload.Make(FirstId + (ulong)i, i + 1 < Count ? Length : LastLength));
            }

            return [.. joined];
        }
    }
}
