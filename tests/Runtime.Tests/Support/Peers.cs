using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests;

/// <summary>Two connected sockets of one engine.</summary>
internal sealed class TcpPair : IAsyncDisposable
{
    private TcpPair(ZeroCopySocket client, ZeroCopySocket server)
    {
        Client = client;
        Server = server;
    }

    public ZeroCopySocket Client { get; }

    public ZeroCopySocket Server { get; }

    public static async Task<TcpPair> ConnectAsync(ZeroCopyEngine engine, IPEndPoint? local = null)
    {
        await using ZeroCopyListener listener = engine.Listen(local ?? Loopback.AnyPort);
        ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        return new TcpPair(client, await listener.AcceptAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}

/// <summary>A socket of the engine whose peer is an ordinary one, which a test can make behave badly.</summary>
internal sealed class PlainPair : IAsyncDisposable
{
    private PlainPair(ZeroCopySocket socket, Socket peer)
    {
        Socket = socket;
        Peer = peer;
    }

    public ZeroCopySocket Socket { get; }

    public Socket Peer { get; }

    /// <param name="engine">The engine of the one side.</param>
    /// <param name="receiveBuffer">The peer's receive buffer in bytes: with a small one, what it does not read stays with the sender.</param>
    public static async Task<PlainPair> ConnectAsync(ZeroCopyEngine engine, int? receiveBuffer = null)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } bytes)
        {
            listener.ReceiveBufferSize = bytes;
        }

        listener.Bind(Loopback.AnyPort);
        listener.Listen();
        ZeroCopySocket socket = await engine.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        Socket peer = await listener.AcceptAsync();
        peer.NoDelay = true;
        return new PlainPair(socket, peer);
    }

    /// <summary>The peer reads that many bytes.</summary>
    public async Task<byte[]> ReadPeerAsync(int length)
    {
        var bytes = new byte[length];
        for (int have = 0; have < length;)
        {
            int received = await Peer.ReceiveAsync(bytes.AsMemory(have));
            Assert.True(received > 0, $"The stream ended after {have} of {length} bytes.");
            have += received;
        }

        return bytes;
    }

    /// <summary>The peer goes away with a reset instead of an orderly end.</summary>
    public void Reset()
    {
        Peer.LingerState = new LingerOption(true, 0);
        Peer.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Peer.Dispose();
        await Socket.DisposeAsync();
    }
}

internal static class Loopback
{
    public static IPEndPoint AnyPort => new(IPAddress.Loopback, 0);

    public static IPEndPoint AnyPortV6 => new(IPAddress.IPv6Loopback, 0);
}
