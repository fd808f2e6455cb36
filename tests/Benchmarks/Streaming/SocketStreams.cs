using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>
/// Connections of .NET's own socket, sending all they can. Each has one send under way: with as many as ours it is no faster,
/// and slower with several connections.
/// </summary>
internal sealed class SocketStreams(Socket[] sockets, int size) : Contestant(DotNet, Role.Reference)
{
    private readonly byte[][][] _buffers =
        [.. sockets.Select(_ => Enumerable.Range(0, StreamBenchmark.Rotation).Select(_ => Payload.Filled(size)).ToArray())];

    public static async Task<Contestant> OpenAsync(int port, int connections, int size) => new SocketStreams(await ConnectAsync(port, connections), size);

    public static async Task<Socket[]> ConnectAsync(int port, int connections)
    {
        var sockets = new Socket[connections];
        for (int i = 0; i < connections; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await sockets[i].ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        }

        return sockets;
    }

    public override Task<Slice> RunAsync(TimeSpan duration) => Slice.OfAsync(async () =>
    {
        long until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        long[] sent = await Task.WhenAll(sockets.Zip(_buffers, (socket, buffers) => PumpAsync(socket, buffers, until)));
        Array.ForEach(sockets, socket => TcpQueue.Drain(socket.GetRawSocketOption));
        return sent.Sum();
    });

    public override ValueTask DisposeAsync()
    {
        Array.ForEach(sockets, socket => socket.Dispose());
        return default;
    }

    private static async Task<long> PumpAsync(Socket socket, byte[][] buffers, long until)
    {
        await Task.Yield();
        long sent = 0;
        for (; Stopwatch.GetTimestamp() < until; sent++)
        {
            await socket.SendAsync(buffers[sent % buffers.Length].AsMemory());
        }

        return sent;
    }
}
