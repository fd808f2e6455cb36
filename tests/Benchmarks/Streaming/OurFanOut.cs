using System.Diagnostics;
using System.Net;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>One leased message to all our connections, and when the buffer is free again, the next one. An operation is one connection's send.</summary>
internal sealed class OurFanOut : Contestant
{
    public const string OnLoop = "loop";
    public const string OnThreadPool = "pool";

    private readonly ZeroCopyEngine _engine;
    private readonly ZeroCopySocket[] _sockets;
    private readonly BufferLease _message;
    private readonly bool _onLoop;
    private readonly Action<ZeroCopySocket, Exception> _countError;
    private long _errors;

    private OurFanOut(ZeroCopyEngine engine, ZeroCopySocket[] sockets, int size, bool onLoop) : base("ours", Role.Ours)
    {
        _engine = engine;
        _sockets = sockets;
        _message = engine.Rent(size).Fill();
        _onLoop = onLoop;
        // Made once: a lambda at the call would be made for each, and measured as ours.
        _countError = (_, _) => _errors++;
    }

    public static async Task<Contestant> OpenAsync(string kind, int port, int connections, int size)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1 });
        var sockets = new ZeroCopySocket[connections];
        for (int i = 0; i < connections; i++)
        {
            sockets[i] = await engine.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        }

        return new OurFanOut(engine, sockets, size, kind == OnLoop);
    }

    public override async Task<Slice> RunAsync(TimeSpan duration)
    {
        _errors = 0;
        Slice slice = await Slice.OfAsync(() => _onLoop ? _engine.Loops[0].RunAsync(() => SliceAsync(duration)) : Task.Run(() => SliceAsync(duration)));
        return slice with { Errors = _errors };
    }

    public override async ValueTask DisposeAsync()
    {
        _message.Dispose();
        await _engine.DisposeAsync();
    }

    private async Task<long> SliceAsync(TimeSpan duration)
    {
        await Task.Yield();
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            SendReceipt receipt = await _engine.SendToAllAsync(_sockets, _message, _countError);
            await receipt.Recycled;
            sent += _sockets.Length;
        }

        foreach (ZeroCopySocket socket in _sockets)
        {
            TcpQueue.Drain(socket.GetRawSocketOption);
        }

        return sent;
    }
}
