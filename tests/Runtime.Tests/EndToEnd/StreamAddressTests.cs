using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Streams between every kind of address, and addresses that lead nowhere.</summary>
public abstract class StreamAddressTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task A_listener_on_the_IPv6_any_address_serves_IPv4_too() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.IPv6Any, 0));
        int port = ((IPEndPoint)listener.LocalEndPoint).Port;
        foreach (IPAddress address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            await using ZeroCopySocket client = await engine.ConnectAsync(new IPEndPoint(address, port));
            await using ZeroCopySocket server = await listener.AcceptAsync();
            await ConverseAsync(client, server);
            var local = (IPEndPoint)client.LocalEndPoint;
            Assert.Equal(new IPEndPoint(local.Address.MapToIPv6(), local.Port), server.RemoteEndPoint);
        }
    });

    [EngineFact]
    public Task Without_dual_mode_the_IPv6_any_address_is_IPv6_alone() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.IPv6Any, 0), options: new ZeroCopySocketOptions { DualMode = false });
        int port = ((IPEndPoint)listener.LocalEndPoint).Port;
        await using ZeroCopySocket client = await engine.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, port));
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    });

    public static TheoryData<string> UnixNameKinds => OperatingSystem.IsLinux() ? ["path", "longest path", "abstract"] : ["path"];

    [EngineTheory]
    [MemberData(nameof(UnixNameKinds))]
    public Task Streams_run_over_Unix_sockets(string name) => OnEngine(async engine =>
    {
        UnixDomainSocketEndPoint address = NewName(name);
        await using ZeroCopyListener listener = engine.Listen(address);
        Assert.Equal(address, listener.LocalEndPoint);
        await using ZeroCopySocket client = await engine.ConnectAsync(address);
        await using ZeroCopySocket server = await listener.AcceptAsync();

        Assert.Equal(address, client.RemoteEndPoint);
        Assert.Equal(address, server.LocalEndPoint);
        Assert.Equal(string.Empty, Assert.IsType<UnixDomainSocketEndPoint>(server.RemoteEndPoint).ToString());
        Assert.Equal(string.Empty, Assert.IsType<UnixDomainSocketEndPoint>(client.LocalEndPoint).ToString());
        await ConverseAsync(client, server);
    });

    [EngineFact]
    public Task What_a_Unix_socket_cannot_send_in_place_is_copied_and_counted() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(UnixNames.NewPath());
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        const int Count = 50;
        Task receiving = Task.Run(async () =>
        {
            MessageReceiver<Block.View> receiver = server.ReceiveBlocksAsync();
            for (ulong i = 0; i < Count; i++)
            {
                Assert.True(await receiver.MoveNextAsync());
                Assert.Equal(i, receiver.Current.Sequence);
                Assert.Equal(Block.Filling(i, 0), receiver.Current.Bytes[4000]);
            }
        });
        for (ulong i = 0; i < Count; i++)
        {
            await client.SendAndRecycleAsync(Block.Number(i));
        }

        await receiving;
        ZeroCopyStatistics statistics = engine.GetStatistics();
        Assert.Equal((Count, 0, 0), (statistics.CopiedNotSupported, statistics.ZeroCopied, statistics.KernelCopied));
    });

    [EngineFact]
    public Task Closing_a_Unix_listener_removes_its_path() => OnEngine(async engine =>
    {
        UnixDomainSocketEndPoint address = UnixNames.NewPath();
        await using (ZeroCopyListener listener = engine.Listen(address))
        {
            Assert.True(File.Exists(address.ToString()));
        }

        Assert.False(File.Exists(address.ToString()));
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(address));
        Assert.Equal(SocketError.AddressNotAvailable, failure.SocketErrorCode);
    });

    [EngineFact]
    public Task A_stream_does_not_connect_to_a_Unix_datagram_socket() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket datagrams = engine.BindDatagram(UnixNames.NewPath());
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(datagrams.LocalEndPoint));
        Assert.Equal(SocketError.ProtocolType, failure.SocketErrorCode);
    });

    [EngineFact]
    public Task The_address_of_a_peer_outlives_its_connection() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        EndPoint peer = pair.Peer.LocalEndPoint!;
        pair.Reset();
        await Assert.ThrowsAsync<SocketException>(async () => await pair.Socket.ReceiveAsync(new byte[1]));
        Assert.Equal(peer, pair.Socket.RemoteEndPoint);
        await pair.Socket.DisposeAsync();
        Assert.Equal(peer, pair.Socket.RemoteEndPoint);
        Assert.Throws<ObjectDisposedException>(() => pair.Socket.LocalEndPoint);
    });

    [EngineFact]
    public Task A_connection_that_was_reset_before_it_was_accepted_is_passed_over_or_has_its_address() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        var gone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await gone.ConnectAsync(listener.LocalEndPoint);
        EndPoint address = gone.LocalEndPoint!;
        gone.LingerState = new LingerOption(true, 0);
        gone.Dispose();

        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        ZeroCopySocket server = await listener.AcceptAsync();
        if (server.RemoteEndPoint.Equals(address))
        {
            await server.DisposeAsync();
            server = await listener.AcceptAsync();
        }

        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        await server.DisposeAsync();
    });

    [EngineFact]
    public Task What_is_no_address_is_refused_as_a_bad_argument() => OnEngine(async engine =>
    {
        var name = new DnsEndPoint("localhost", 80);
        Assert.Throws<ArgumentException>(() => engine.Listen(name));
        Assert.Throws<ArgumentException>(() => engine.BindDatagram(name));
        Assert.Throws<ArgumentException>(() => new PeerAddress(name));
        Assert.Throws<ArgumentNullException>(() => engine.Listen(null!));
        Assert.Throws<ArgumentNullException>(() => engine.BindDatagram(null!));
        Assert.Throws<ArgumentNullException>(() => new PeerAddress(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await engine.ConnectAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await engine.ConnectAsync(null!, 80));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await engine.ConnectAsync("localhost", 65_536));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Listen(Loopback.AnyPort, backlog: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UnixDomainSocketEndPoint(new string('x', 109)));
        foreach (Action use in new Action[] { () => engine.Listen(new StrangeEndPoint()), () => engine.BindDatagram(new StrangeEndPoint()) })
        {
            Assert.Equal(SocketError.AddressFamilyNotSupported, Assert.Throws<SocketException>(use).SocketErrorCode);
        }

        var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(new StrangeEndPoint()));
        Assert.Equal(SocketError.AddressFamilyNotSupported, failure.SocketErrorCode);
    });

    private static UnixDomainSocketEndPoint NewName(string kind) => kind switch
    {
        "path" => UnixNames.NewPath(),
        "longest path" => UnixNames.NewLongestPath(),
        _ => UnixNames.NewAbstract(),
    };

    private static async Task ConverseAsync(ZeroCopySocket client, ZeroCopySocket server)
    {
        byte[] large = Payload.Make(300_000);
        await client.SendZeroCopyAsync(new Tick { Sequence = 1 });
        Task<byte[]> receiving = server.ReadExactlyAsync(Tick.WireSize + large.Length);
        await client.SendZeroCopyAsync(large);
        Assert.Equal(large, (await receiving)[Tick.WireSize..]);
        await server.SendAndRecycleAsync(Block.Number(2));
        Assert.Equal(2, (await client.ReadExactlyAsync(Block.WireSize))[0]);
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    }

    private sealed class StrangeEndPoint : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.AppleTalk;
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringStreamAddressTests() : StreamAddressTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableStreamAddressTests() : StreamAddressTests(EngineKind.Portable);
