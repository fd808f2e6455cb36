using System.Diagnostics;
using System.Net;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>One leased datagram out of all our sockets, by code on their loop.</summary>
internal sealed class DatagramFanOut : Contestant
{
    private readonly ZeroCopyEngine _engine;
    private readonly ZeroCopyDatagramSocket[] _sockets;
    private readonly BufferLease _message;
    private readonly ValueTask<SendReceipt>[] _sends;

    private DatagramFanOut(string name, ZeroCopyEngine engine, ZeroCopyDatagramSocket[] sockets, int size) : base(name, Role.Ours)
    {
        _engine = engine;
        _sockets = sockets;
        _message = engine.Rent(size).Fill();
        _sends = new ValueTask<SendReceipt>[sockets.Length];
    }

    public static DatagramFanOut Open(string name, int count, int size)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1 });
        return new DatagramFanOut(name, engine, [.. Enumerable.Range(0, count).Select(_ => Connected(engine))], size);
    }

    public override Task<Slice> RunAsync(TimeSpan duration) => Slice.OfAsync(() => _engine.Loops[0].RunAsync(() => SliceAsync(duration)));

    public override async ValueTask DisposeAsync()
    {
        _message.Dispose();
        await _engine.DisposeAsync();
    }

    private static ZeroCopyDatagramSocket Connected(ZeroCopyEngine engine)
    {
        ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
        socket.Connect(DummyNic.Peer);
        return socket;
    }

    private async Task<long> SliceAsync(TimeSpan duration)
    {
        await Task.Yield();
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int i = 0; i < _sockets.Length; i++)
            {
                _sends[i] = _sockets[i].SendZeroCopyAsync(_message);
            }

            for (int i = 0; i < _sockets.Length; i++)
            {
                SendReceipt receipt = await _sends[i];
                await receipt.Recycled;
            }

            sent += _sockets.Length;
        }

        return sent;
    }
}
