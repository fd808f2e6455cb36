using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Sending;

internal enum Transport
{
    /// <summary>UDP out of the dummy device.</summary>
    Nic,

    /// <summary>TCP over loopback to a peer that reads and drops.</summary>
    Tcp,
}

/// <summary>What is sent and how.</summary>
/// <param name="Transport">Where to.</param>
/// <param name="Size">Bytes per send.</param>
/// <param name="Leased">From registered memory, or from memory of the caller's.</param>
/// <param name="OnLoop">By code on the socket's loop; otherwise by an ordinary thread.</param>
/// <param name="Window">Sends in flight at once; with 1 each is awaited before the next.</param>
internal sealed record Workload(Transport Transport, int Size, bool Leased, bool OnLoop, int Window)
{
    public override string ToString() =>
        $"{(Transport == Transport.Nic ? "UDP, NIC" : "TCP, loopback")}, {Size:N0} B, {(Leased ? "leased" : "own")} memory, {(OnLoop ? "on the loop" : "off the loop")}, {(Window > 1 ? $"{Window} in flight" : "awaited")}";
}

/// <summary>Our sends of bytes, under one policy or another.</summary>
internal sealed class Sender : OurSender
{
    private readonly Workload _workload;
    private readonly ZeroCopyDatagramSocket? _datagram;
    private readonly ZeroCopySocket? _stream;
    private readonly BufferLease[] _leases;
    private readonly byte[] _memory;
    private Thread? _drain;
    private long _sent;
    private long _drained;

    private Sender(string name, Workload workload, ZeroCopyEngine engine, ZeroCopyDatagramSocket? datagram, ZeroCopySocket? stream)
        : base(name, engine, datagram?.Loop ?? stream!.Loop, workload.OnLoop, workload.Window)
    {
        _workload = workload;
        _datagram = datagram;
        _stream = stream;
        _leases = [.. Enumerable.Range(0, workload.Leased ? workload.Window : 0).Select(_ => engine.Rent(workload.Size).Fill())];
        _memory = Payload.Filled(workload.Size);
    }

    public ZeroCopyPolicy Policy
    {
        set
        {
            if (_datagram is not null)
            {
                _datagram.Policy = value;
            }
            else
            {
                _stream!.Policy = value;
            }
        }
    }

    // On TCP waiting for the notification before the next send means waiting for the peer's acknowledgement; a window
    // of buffers is what a user would have there.
    protected override bool AwaitsRecycled => _datagram is not null || _workload.Window > 1;

    public static async Task<Sender> OpenAsync(string name, Workload workload)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1, LargeBuffers = 128, MediumBuffers = 512 });
        if (workload.Transport == Transport.Nic)
        {
            ZeroCopyDatagramSocket datagram = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
            datagram.Connect(DummyNic.Peer);
            return new Sender(name, workload, engine, datagram, null);
        }

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ZeroCopySocket stream = await engine.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        Socket peer = await listener.AcceptAsync();
        var sender = new Sender(name, workload, engine, null, stream);
        sender._drain = new Thread(() => sender.Drain(peer)) { IsBackground = true };
        sender._drain.Start();
        return sender;
    }

    public override async ValueTask DisposeAsync()
    {
        Array.ForEach(_leases, lease => lease.Dispose());
        if (_datagram is not null)
        {
            await _datagram.DisposeAsync();
        }

        if (_stream is not null)
        {
            await _stream.AbortAsync();
        }

        await base.DisposeAsync();
    }

    protected override ValueTask<SendReceipt> Send(int turn) => (_datagram, _workload.Leased) switch
    {
        (not null, true) => _datagram.SendZeroCopyAsync(_leases[turn]),
        (not null, false) => _datagram.SendZeroCopyAsync(_memory),
        (null, true) => _stream!.SendZeroCopyAsync(_leases[turn]),
        (null, false) => _stream!.SendZeroCopyAsync(_memory),
    };

    protected override async Task EndSliceAsync(long sent)
    {
        _sent += sent * _workload.Size;
        while (_drain is not null && Volatile.Read(ref _drained) < _sent)
        {
            // What is still on its way belongs to this slice, not to the next one's.
            await Task.Yield();
            if (!_drain.IsAlive)
            {
                throw new IOException("The connection ended before all had arrived.");
            }
        }
    }

    private void Drain(Socket peer)
    {
        // Only its length counts: what comes is dropped without a copy (MSG_TRUNC, tcp(7)).
        byte[] room = new byte[256 * 1024];
        try
        {
            int received;
            while ((received = peer.Receive(room, SocketFlags.Truncated)) > 0)
            {
                Interlocked.Add(ref _drained, received);
            }
        }
        catch (SocketException)
        {
            // The benchmark resets its connections.
        }

        peer.Dispose();
    }
}
