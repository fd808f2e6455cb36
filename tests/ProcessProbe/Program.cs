using System.Net;
using System.Net.Sockets;
using ZeroCopySockets;

// What only another process can show. The first argument says what this one does, the second is the peer to connect to.
IPEndPoint peer = IPEndPoint.Parse(args[1]);
switch (args[0])
{
    case "return-with-sends-in-flight":
        await ExitProbe.SendToStalledPeerAsync(peer, Enum.Parse<EngineKind>(args[2]));
        return 0;
    case "exit-on-a-loop":
        ZeroCopySocket socket = await ExitProbe.SendToStalledPeerAsync(peer, Enum.Parse<EngineKind>(args[2]));
        await socket.Loop.RunAsync(() =>
        {
            Environment.Exit(0);
            return Task.CompletedTask;
        });
        return 1;
    case "dispose-and-return":
        ZeroCopySocket closing = await ExitProbe.SendToStalledPeerAsync(peer, Enum.Parse<EngineKind>(args[2]));
        closing.Dispose();
        _ = closing.Engine.DisposeAsync();
        return 0;
    case "echo":
        await EchoProbe.RunAsync(peer);
        return 0;
    case "idle-clients":
        await IdleProbe.RunAsync(peer, int.Parse(args[2]));
        return 0;
    default:
        Console.Error.WriteLine($"There is no '{args[0]}'.");
        return 2;
}

/// <summary>A process that ends while the kernel holds its buffers.</summary>
internal static class ExitProbe
{
    /// <summary>Messages, leases and memory, accounted, waiting in line and owed; nothing is disposed.</summary>
    public static async Task<ZeroCopySocket> SendToStalledPeerAsync(IPEndPoint peer, EngineKind kind)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = kind, Policy = ZeroCopyPolicy.Always });
        ZeroCopySocket socket = await engine.ConnectAsync(peer);
        BufferLease lease = engine.Rent(65_536);
        lease.Edit().Clear();
        await socket.SendZeroCopyAsync(lease);
        for (int i = 0; i < 20; i++)
        {
            _ = socket.SendZeroCopyAsync(lease).AsTask();
            _ = socket.SendZeroCopyAsync(new byte[1 << 20]).AsTask();
        }

        _ = socket.ReceiveAsync(new byte[100]).AsTask();
        ZeroCopyStatistics books = engine.GetStatistics();
        Console.WriteLine($"owed {books.OwedNotifications}");
        return socket;
    }
}

/// <summary>A peer that returns what it gets until somebody ends it.</summary>
internal static class EchoProbe
{
    public static async Task RunAsync(IPEndPoint peer)
    {
        using var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(peer);
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer) is > 0 and int received)
        {
            await socket.SendAsync(buffer.AsMemory(0, received));
        }
    }
}

/// <summary>Clients that connect, send one byte and then only wait, until standard input ends.</summary>
internal static class IdleProbe
{
    /// <summary>Fewer than any backlog, or the kernel drops some and they knock again a second later.</summary>
    private const int AtATime = 200;

    public static async Task RunAsync(IPEndPoint peer, int count)
    {
        var sockets = new List<Socket>(count);
        while (sockets.Count < count)
        {
            sockets.AddRange(await Task.WhenAll(Enumerable.Range(0, Math.Min(AtATime, count - sockets.Count)).Select(_ => ConnectAsync(peer))));
        }

        Console.WriteLine($"connected {sockets.Count}");
        await Console.In.ReadToEndAsync();
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint peer)
    {
        var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(peer);
        await socket.SendAsync(new byte[1]);
        return socket;
    }
}
