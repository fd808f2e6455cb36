using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>A datagram socket: what is sent arrives whole or not at all, in any order; what arrives is waiting to be received.</summary>
internal sealed unsafe class SimulatedDatagramSocket : SimulatedSocket
{
    private readonly Queue<(ulong Id, int Length)> _arrived = new();
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

    /// <summary>Who sends to us.</summary>
    public static PeerAddress Sender(ulong id) => new(new IPEndPoint(IPAddress.Loopback, 1 + (int)(id % 60_000)));

    public override int TrySend(byte[] data, PeerAddress destination)
    {
        Arrive(data, destination);
        return data.Length;
    }

    public int TryReceive(byte* buffer, int length, MessageBlock* message)
    {
        if (!_arrived.TryDequeue(out (ulong Id, int Length) datagram))
        {
            return _isShut ? 0 : -KernelError.EAGAIN;
        }

        byte[] whole = Payload.Make(datagram.Id, datagram.Length);
        int count = Math.Min(length, whole.Length);
        whole.AsSpan(0, count).CopyTo(new Span<byte>(buffer, length));
        PeerAddress from = Sender(datagram.Id);
        from.Native.CopyTo(message->AddressBytes);
        message->AddressLength = from.Native.Length;
        message->Truncated = whole.Length > length ? 1 : 0;
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
            Arrive(request.Read(0, request.Length), request.Address);
        }
    }

    private void Depart(Request request)
    {
        byte[] datagram = request.Read(0, request.Length);
        request.Unread = 0;
        OnAllRead(request);
        Arrive(datagram, request.Address);
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
            _arrived.Enqueue((++_nextId, Chance.Between(Payload.HeaderLength, 1_500)));
            RetryWaiting();
            Arrivals();
        }
    });
}
