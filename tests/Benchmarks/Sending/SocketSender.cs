using System.Diagnostics;
using System.Net.Sockets;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Sending;

/// <summary>.NET's own socket, sending datagrams out of the dummy device by <c>SendAsync</c>.</summary>
internal sealed class SocketSender : Contestant
{
    // As often as OurSender looks at the clock.
    private const int SendsPerLook = 64;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[][] _buffers;
    private readonly ValueTask<int>[] _sends;

    public SocketSender(int size, int window) : base(DotNet, Role.Reference)
    {
        _socket.Connect(DummyNic.Peer);
        _buffers = [.. Enumerable.Range(0, window).Select(_ => Payload.Filled(size))];
        _sends = new ValueTask<int>[window];
    }

    public override Task<Slice> RunAsync(TimeSpan duration) => Slice.OfAsync(() => Task.Run(() => SliceAsync(duration)));

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private async Task<long> SliceAsync(TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        int turn = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int i = 0; i < SendsPerLook; i++)
            {
                await _sends[turn];
                _sends[turn] = _socket.SendAsync(_buffers[turn].AsMemory());
                turn = turn + 1 < _sends.Length ? turn + 1 : 0;
            }

            sent += SendsPerLook;
        }

        foreach (ValueTask<int> send in _sends)
        {
            await send;
        }

        Array.Clear(_sends);
        return sent;
    }
}
