using ZeroCopySockets.Benchmarks.Measuring;
using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Benchmarks.Echo;

/// <summary>
/// The echo servers in .NET, each in a process of its own, so that its processor time is told apart from the load's. Prints
/// its port; answers each line of input with the bytes it has allocated so far.
/// </summary>
internal static class EchoServer
{
    public const string OnLoops = "loops";
    public const string OnThreadPool = "pool";
    public const string OnSocket = "socket";

    public static async Task<int> RunAsync(string kind, int size)
    {
        await using IAsyncDisposable server = kind switch
        {
            OnLoops => Ours(size, onLoops: true),
            OnThreadPool => Ours(size, onLoops: false),
            OnSocket => DotNet(size),
            _ => throw new ArgumentException($"No such server: {kind}.", nameof(kind)),
        };
        while (await Console.In.ReadLineAsync() is not null)
        {
            Console.WriteLine(GC.GetTotalAllocatedBytes(precise: true));
        }

        return 0;
    }

    private static ZeroCopyEngine Ours(int size, bool onLoops)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1 });
        ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint).Port);
        _ = onLoops
            ? listener.ServeAsync(socket => EchoAsync(socket, size))
            : Task.Run(async () =>
            {
                while (true)
                {
                    ZeroCopySocket socket = await listener.AcceptAsync();
                    _ = Task.Run(() => EchoAsync(socket, size));
                }
            });
        return engine;
    }

    private static async Task EchoAsync(ZeroCopySocket socket, int size)
    {
        byte[] buffer = Payload.Filled(size);
        await using (socket)
        {
            int received;
            while ((received = await socket.ReceiveAsync(buffer)) > 0)
            {
                await socket.SendAndRecycleAsync(buffer.AsMemory(0, received));
            }
        }
    }

    private static Listening DotNet(int size)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        _ = Task.Run(async () =>
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync();
                socket.NoDelay = true;
                _ = Task.Run(() => EchoAsync(socket, size));
            }
        });
        return new Listening(listener);
    }

    private static async Task EchoAsync(Socket socket, int size)
    {
        byte[] buffer = Payload.Filled(size);
        using (socket)
        {
            int received;
            while ((received = await socket.ReceiveAsync(buffer.AsMemory())) > 0)
            {
                await socket.SendAsync(buffer.AsMemory(0, received));
            }
        }
    }

    private sealed class Listening(Socket listener) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            listener.Dispose();
            return default;
        }
    }
}
