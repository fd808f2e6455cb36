using System.Diagnostics;
using System.Net.Sockets;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>One message to all of .NET's own sockets: a loop that starts every send, then waits for them.</summary>
internal sealed class SocketFanOut(Socket[] sockets, int size) : Contestant(DotNet, Role.Reference)
{
    private readonly byte[] _message = Payload.Filled(size);
    private readonly ValueTask<int>[] _sends = new ValueTask<int>[sockets.Length];

    public static async Task<Contestant> OpenAsync(int port, int connections, int size) => new SocketFanOut(await SocketStreams.ConnectAsync(port, connections), size);

    public override Task<Slice> RunAsync(TimeSpan duration) => Slice.OfAsync(() => Task.Run(() => SliceAsync(duration)));

    public override ValueTask DisposeAsync()
    {
        Array.ForEach(sockets, socket => socket.Dispose());
        return default;
    }

    private async Task<long> SliceAsync(TimeSpan duration)
    {
        await Task.Yield();
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int i = 0; i < sockets.Length; i++)
            {
                _sends[i] = sockets[i].SendAsync(_message.AsMemory());
            }

            for (int i = 0; i < sockets.Length; i++)
            {
                await _sends[i];
            }

            sent += sockets.Length;
        }

        foreach (Socket socket in sockets.Where(socket => socket.SocketType == SocketType.Stream))
        {
            TcpQueue.Drain(socket.GetRawSocketOption);
        }

        return sent;
    }
}
