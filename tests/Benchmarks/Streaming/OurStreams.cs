using System.Diagnostics;
using System.Net;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>Our connections, sending all they can: code on the loop, a window of buffers in flight on each.</summary>
internal sealed class OurStreams : Contestant
{
    public const string Leases = "leases";
    public const string OwnMemory = "own";

    private const int LargestLease = 64 * 1024;

    private readonly ZeroCopyEngine _engine;
    private readonly Connection[] _connections;

    private OurStreams(ZeroCopyEngine engine, Connection[] connections) : base("ours", Role.Ours) => (_engine, _connections) = (engine, connections);

    /// <param name="kind">Registered memory, in as many leases as it takes, or the caller's own.</param>
    /// <param name="port">The sink's.</param>
    /// <param name="connections">How many.</param>
    /// <param name="size">Bytes of one send.</param>
    public static async Task<Contestant> OpenAsync(string kind, int port, int connections, int size)
    {
        int leases = kind == Leases ? size / LargestLease : 0;
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions
        {
            Engine = EngineKind.IoUring,
            LoopCount = 1,
            LargeBuffers = Math.Max(1, connections * StreamBenchmark.Rotation * leases),
        });
        var opened = new Connection[connections];
        for (int i = 0; i < connections; i++)
        {
            opened[i] = new Connection(await engine.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)), size, leases);
        }

        return new OurStreams(engine, opened);
    }

    public override Task<Slice> RunAsync(TimeSpan duration) => Slice.OfAsync(() => _engine.Loops[0].RunAsync(async () =>
    {
        long until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        long[] sent = await Task.WhenAll(_connections.Select(connection => connection.PumpAsync(until)));
        Array.ForEach(_connections, connection => connection.Drain());
        return sent.Sum();
    }));

    public override ValueTask DisposeAsync() => _engine.DisposeAsync();

    private sealed class Connection(ZeroCopySocket socket, int size, int leases)
    {
        private readonly BufferLease[][] _leases =
            [.. Enumerable.Range(0, StreamBenchmark.Rotation).Select(_ => Enumerable.Range(0, leases).Select(_ => socket.Rent(LargestLease).Fill()).ToArray())];

        private readonly byte[][] _own = [.. Enumerable.Range(0, leases == 0 ? StreamBenchmark.Rotation : 0).Select(_ => Payload.Filled(size))];
        private readonly SendSegment[] _segments = new SendSegment[leases];
        private readonly ValueTask<SendReceipt>[] _sends = new ValueTask<SendReceipt>[StreamBenchmark.Rotation];

        public async Task<long> PumpAsync(long until)
        {
            // Allocates this method's state here, so that a slice of no length tells what a slice takes by itself.
            await Task.Yield();
            long sent = 0;
            for (int turn = 0; Stopwatch.GetTimestamp() < until; turn = turn + 1 < _sends.Length ? turn + 1 : 0)
            {
                SendReceipt receipt = await _sends[turn];
                await receipt.Recycled;
                _sends[turn] = Send(turn);
                sent++;
            }

            for (int turn = 0; turn < _sends.Length; turn++)
            {
                // The notification may take the peer's acknowledgement; the next slice waits for it before it sends the buffer again.
                _sends[turn] = new ValueTask<SendReceipt>(await _sends[turn]);
            }

            return sent;
        }

        public void Drain() => TcpQueue.Drain(socket.GetRawSocketOption);

        private ValueTask<SendReceipt> Send(int turn)
        {
            if (leases <= 1)
            {
                return leases == 1 ? socket.SendZeroCopyAsync(_leases[turn][0]) : socket.SendZeroCopyAsync(_own[turn]);
            }

            for (int i = 0; i < leases; i++)
            {
                _segments[i] = _leases[turn][i];
            }

            return socket.SendZeroCopyAsync(_segments.AsSpan());
        }
    }
}
