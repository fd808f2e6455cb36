using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Benchmarks;

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
/// <param name="OnLoop">By code on the socket's loop, 32 sends in flight; otherwise by an ordinary thread, one after the other.</param>
internal sealed record Workload(Transport Transport, int Size, bool Leased, bool OnLoop)
{
    public int Window => OnLoop ? 32 : 1;

    public override string ToString() =>
        $"{(Transport == Transport.Nic ? "UDP, NIC" : "TCP, loopback")}, {Size:N0} B, {(Leased ? "leased" : "own")} memory, {(OnLoop ? "on the loop, 32 in flight" : "off the loop, awaited")}";
}

/// <summary>A socket, for slices of one workload under one policy or another.</summary>
internal sealed class Sender : IAsyncDisposable
{
    private readonly Workload _workload;
    private readonly ZeroCopyDatagramSocket? _datagram;
    private readonly ZeroCopySocket? _stream;
    private readonly BufferLease[] _leases;
    private readonly byte[] _memory;
    private readonly ValueTask<SendReceipt>[] _sends;
    private long _sent;
    private long _drained;

    private Sender(Workload workload, ZeroCopyEngine engine, ZeroCopyDatagramSocket? datagram, ZeroCopySocket? stream)
    {
        _workload = workload;
        _datagram = datagram;
        _stream = stream;
        _leases = [.. Enumerable.Range(0, workload.Leased ? workload.Window : 0).Select(_ => engine.Rent(workload.Size))];
        _memory = GC.AllocateArray<byte>(workload.Size, pinned: true);
        _sends = new ValueTask<SendReceipt>[workload.Window];
    }

    public static async Task<Sender> OpenAsync(Workload workload, ZeroCopyEngine engine)
    {
        if (workload.Transport == Transport.Nic)
        {
            ZeroCopyDatagramSocket datagram = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
            datagram.Connect(DummyNic.Peer);
            return new Sender(workload, engine, datagram, null);
        }

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ZeroCopySocket stream = await engine.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        Socket peer = await listener.AcceptAsync();
        var sender = new Sender(workload, engine, null, stream);
        new Thread(() => sender.Drain(peer)) { IsBackground = true }.Start();
        return sender;
    }

    /// <summary>Sends for that long. Bytes per second.</summary>
    public Task<double> RunAsync(ZeroCopyPolicy policy, TimeSpan slice)
    {
        if (_datagram is not null)
        {
            _datagram.Policy = policy;
        }
        else
        {
            _stream!.Policy = policy;
        }

        ZeroCopyLoop loop = _datagram?.Loop ?? _stream!.Loop;
        return _workload.OnLoop ? loop.RunAsync(() => SliceAsync(slice)) : Task.Run(() => SliceAsync(slice));
    }

    public async ValueTask DisposeAsync()
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
    }

    private async Task<double> SliceAsync(TimeSpan slice)
    {
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start) < slice)
        {
            for (int i = 0; i < 64; i++)
            {
                int turn = (int)(sent++ % _workload.Window);
                await FinishAsync(turn);
                _sends[turn] = Send(turn);
            }
        }

        for (int turn = 0; turn < _workload.Window; turn++)
        {
            await FinishAsync(turn);
        }

        _sent += sent * _workload.Size;
        while (_stream is not null && Volatile.Read(ref _drained) < _sent)
        {
            // What is still on its way belongs to this slice, not to the next one's.
            await Task.Yield();
        }

        return sent * (double)_workload.Size / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async ValueTask FinishAsync(int turn)
    {
        SendReceipt receipt = await _sends[turn];
        _sends[turn] = default;
        // On TCP waiting for the notification before the next send means waiting for the peer's acknowledgement; a window
        // of buffers is what a user would have there.
        if (_datagram is not null || _workload.Window > 1)
        {
            await receipt.Recycled;
        }
    }

    private ValueTask<SendReceipt> Send(int turn) => (_datagram, _workload.Leased) switch
    {
        (not null, true) => _datagram.SendZeroCopyAsync(_leases[turn]),
        (not null, false) => _datagram.SendZeroCopyAsync(_memory),
        (null, true) => _stream!.SendZeroCopyAsync(_leases[turn]),
        (null, false) => _stream!.SendZeroCopyAsync(_memory),
    };

    private void Drain(Socket peer)
    {
        byte[] sink = new byte[256 * 1024];
        try
        {
            int received;
            while ((received = peer.Receive(sink)) > 0)
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
