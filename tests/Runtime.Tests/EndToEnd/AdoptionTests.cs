using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Sockets made by somebody else: used as they come, owned from then on, and left alone where they do not fit.</summary>
public abstract partial class AdoptionTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_adopted_stream_sends_and_receives_and_is_closed_with_its_socket(bool byHandle) => OnEngine(async engine =>
    {
        (Socket ours, Socket peer) = await PlainPairAsync();
        using Socket _ = peer;
        EndPoint remote = ours.RemoteEndPoint!;
        ZeroCopySocket socket = byHandle ? engine.AdoptStream(ours.SafeHandle) : engine.AdoptStream(ours);
        Assert.Equal(remote, socket.RemoteEndPoint);
        Assert.True(socket.NoDelay);
        await socket.SendZeroCopyAsync(Block.Number(3));
        var buffer = new byte[Block.WireSize];
        await peer.ReceiveAsync(buffer);
        Assert.Equal(3, buffer[0]);
        await socket.DisposeAsync();
        Assert.True(ours.SafeHandle.IsClosed);
        Assert.Equal(0, await peer.ReceiveAsync(buffer));
    });

    [EngineFact]
    public Task A_socket_on_which_something_was_awaited_before_still_waits_when_adopted() => OnEngine(async engine =>
    {
        // An await leaves the descriptor non-blocking for ever; io_uring would answer WouldBlock instead of waiting.
        (Socket ours, Socket peer) = await PlainPairAsync();
        using Socket _ = peer;
        Task<int> first = ours.ReceiveAsync(new byte[1]);
        Assert.False(first.IsCompleted);
        await peer.SendAsync(new byte[1]);
        Assert.Equal(1, await first);

        await using ZeroCopySocket socket = engine.AdoptStream(ours);
        Task<byte[]> receiving = socket.Loop.RunAsync(() => socket.ReadExactlyAsync(5));
        await socket.Loop.RunAsync(() => Task.CompletedTask);
        await peer.SendAsync(new byte[] { 1, 2, 3, 4, 5 });
        Assert.Equal([1, 2, 3, 4, 5], await receiving);
    });

    [EngineFact]
    public Task An_adopted_listener_accepts_and_an_adopted_datagram_socket_receives() => OnEngine(async engine =>
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(Loopback.AnyPort);
        listening.Listen();
        await using ZeroCopyListener listener = engine.AdoptListener(listening);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);

        var bound = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        bound.Bind(Loopback.AnyPortV6);
        await using ZeroCopyDatagramSocket datagrams = engine.AdoptDatagram(bound);
        await datagrams.SendZeroCopyAsync(new Tick(), datagrams.LocalEndPoint);
        Assert.Equal(datagrams.LocalEndPoint, (await datagrams.ReceiveAsync(new byte[100])).From.ToEndPoint());
    });

    [EngineFact]
    public Task Unix_sockets_are_adopted_too() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(UnixNames.NewPath());
        var connected = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        connected.Connect(listener.LocalEndPoint);
        await using ZeroCopySocket client = engine.AdoptStream(connected);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
        await client.SendZeroCopyAsync(Block.Number(4));
        Assert.Equal(4, (await server.ReadExactlyAsync(Block.WireSize))[0]);
    });

    [EngineFact]
    public Task What_does_not_fit_is_refused_and_stays_its_owners() => OnEngine(async engine =>
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Throws<ArgumentException>(() => engine.AdoptStream(udp));
        Assert.Throws<ArgumentException>(() => engine.AdoptListener(udp));
        Assert.Throws<ArgumentException>(() => engine.AdoptDatagram(tcp));
        Assert.Equal(SocketError.NotConnected, Assert.Throws<SocketException>(() => engine.AdoptStream(tcp)).SocketErrorCode);
        Assert.Throws<InvalidOperationException>(() => engine.AdoptDatagram(udp));
        Assert.Throws<InvalidOperationException>(() => engine.AdoptListener(tcp));
        Assert.Equal(SocketError.NotConnected, Assert.Throws<SocketException>(() => engine.AdoptStream(tcp.SafeHandle)).SocketErrorCode);
        Assert.Throws<InvalidOperationException>(() => engine.AdoptDatagram(udp.SafeHandle));
        Assert.Throws<InvalidOperationException>(() => engine.AdoptListener(tcp.SafeHandle));
        Assert.Throws<ArgumentNullException>(() => engine.AdoptStream((Socket)null!));
        Assert.Throws<ArgumentNullException>(() => engine.AdoptDatagram((SafeSocketHandle)null!));

        // What wrapped a handle for the attempt must not close it when it is collected.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        tcp.Connect(listener.LocalEndPoint);
        udp.Bind(Loopback.AnyPort);
        Assert.Throws<InvalidOperationException>(() => engine.AdoptListener(tcp));
        tcp.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.AdoptListener(tcp));
        Assert.Throws<ObjectDisposedException>(() => engine.AdoptStream(tcp));
    });

    [EngineFact]
    public Task A_socket_that_refuses_an_option_stays_its_owners() => OnEngine(async engine =>
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Macs refuse NoDelay when the peer has reset the connection; here another kind of socket takes the descriptor's place.
        (Socket ours, Socket peer) = await PlainPairAsync();
        using Socket alsoOurs = ours, alsoPeer = peer;
        Assert.Equal(ours.RemoteEndPoint, peer.LocalEndPoint);
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Assert.True(Dup3((int)unix.Handle, (int)ours.Handle, CloseOnExec) >= 0);
        int open = engine.OpenSockets;
        Assert.Throws<SocketException>(() => engine.AdoptStream(ours));
        Assert.Equal(open, engine.OpenSockets);
        Assert.True(ours.Blocking);
        await engine.DisposeAsync();
        Assert.False(ours.SafeHandle.IsClosed);
    });

    private const int CloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "dup3")]
    private static partial int Dup3(int descriptor, int number, int flags);

    private static async Task<(Socket Ours, Socket Peer)> PlainPairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(Loopback.AnyPort);
        listener.Listen();
        var ours = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        ours.Connect(listener.LocalEndPoint!);
        return (ours, await listener.AcceptAsync());
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringAdoptionTests() : AdoptionTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableAdoptionTests() : AdoptionTests(EngineKind.Portable);
