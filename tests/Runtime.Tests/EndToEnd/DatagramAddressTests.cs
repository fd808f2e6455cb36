using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Datagrams between every kind of address: each says who sent it, as a value that finds the way back.</summary>
public abstract class DatagramAddressTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task A_socket_on_the_IPv6_any_address_converses_with_both_families() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(new IPEndPoint(IPAddress.IPv6Any, 0));
        int port = ((IPEndPoint)server.LocalEndPoint).Port;
        foreach (IPEndPoint address in new[] { Loopback.AnyPort, Loopback.AnyPortV6 })
        {
            await using ZeroCopyDatagramSocket client = engine.BindDatagram(address);
            await client.SendZeroCopyAsync(new Tick { Sequence = 1 }, new IPEndPoint(address.Address, port));
            PeerAddress from = await ReceiveAsync(server, 1);
            Assert.Equal(AddressFamily.InterNetworkV6, from.AddressFamily);
            await server.SendZeroCopyAsync(new Tick { Sequence = 2 }, from);
            Assert.Equal(new IPEndPoint(address.Address, port), (await ReceiveAsync(client, 2)).ToEndPoint());

            // An IPv4 address need not be written as IPv6: once on this thread, once through the ring.
            await server.SendZeroCopyAsync(new Tick { Sequence = 3 }, client.LocalEndPoint);
            await ReceiveAsync(client, 3);
            await server.Loop.RunAsync(async () => await server.SendZeroCopyAsync(new Tick { Sequence = 4 }, client.LocalEndPoint));
            await ReceiveAsync(client, 4);
        }
    });

    public static TheoryData<bool> Abstract => OperatingSystem.IsLinux() ? [false, true] : [false];

    [EngineTheory]
    [MemberData(nameof(Abstract))]
    public Task Unix_datagrams_say_who_sent_them_and_are_answered(bool isAbstract) => OnEngine(async engine =>
    {
        UnixDomainSocketEndPoint serverName = isAbstract ? UnixNames.NewAbstract() : UnixNames.NewLongestPath();
        UnixDomainSocketEndPoint clientName = isAbstract ? UnixNames.NewAbstract() : UnixNames.NewPath();
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(serverName);
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(clientName);
        Assert.Equal(serverName, server.LocalEndPoint);
        await client.SendZeroCopyAsync(new Tick { Sequence = 1 }, serverName);

        PeerAddress from = await ReceiveAsync(server, 1);
        Assert.Equal(AddressFamily.Unix, from.AddressFamily);
        Assert.Equal(clientName, from.ToEndPoint());
        Assert.Equal(clientName.ToString(), from.ToString());
        Assert.Equal(new PeerAddress(clientName), from);
        Assert.Equal(new PeerAddress(clientName).GetHashCode(), from.GetHashCode());
        Assert.NotEqual(new PeerAddress(serverName), from);
        Assert.Throws<InvalidOperationException>(() => from.ToIPEndPoint());

        await server.SendZeroCopyAsync(new Tick { Sequence = 2 }, from);
        Assert.Equal(serverName, (await ReceiveAsync(client, 2)).ToEndPoint());
        client.Connect(serverName);
        await client.SendZeroCopyAsync(new Tick { Sequence = 3 });
        Assert.Equal(from, await ReceiveAsync(server, 3));
    });

    [EngineFact]
    public Task The_sender_of_a_Unix_datagram_may_have_no_address() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(UnixNames.NewPath());
        var plain = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        plain.Connect(server.LocalEndPoint);
        await using ZeroCopyDatagramSocket nameless = engine.AdoptDatagram(plain);

        // Received where it lies ready, and by a receive that waited.
        await nameless.SendZeroCopyAsync(new Tick { Sequence = 1 });
        PeerAddress from = await ReceiveAsync(server, 1);
        Assert.True(from.IsEmpty);
        Assert.Equal(AddressFamily.Unspecified, from.AddressFamily);
        Task<PeerAddress> waiting = server.Loop.RunAsync(() => ReceiveAsync(server, 2));
        await nameless.SendZeroCopyAsync(new Tick { Sequence = 2 });
        Assert.Equal(default, await waiting);
    });

    [EngineFact]
    public Task Unix_datagrams_that_cannot_be_sent_in_place_are_copied_and_counted() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(UnixNames.NewPath());
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(UnixNames.NewPath());
        var buffer = new byte[Block.WireSize];
        for (ulong i = 0; i < 20; i++)
        {
            await client.SendAndRecycleAsync(Block.Number(i), server.LocalEndPoint);
            Assert.Equal(Block.WireSize, (await server.ReceiveAsync(buffer)).BytesReceived);
            Assert.Equal(((byte)i, Block.Filling(i, 0)), (buffer[0], buffer[^1]));
        }

        ZeroCopyStatistics statistics = engine.GetStatistics();
        Assert.Equal((20, 0, 0), (statistics.CopiedNotSupported, statistics.ZeroCopied, statistics.KernelCopied));
    });

    [EngineFact]
    public Task A_datagram_to_a_path_that_is_not_there_is_an_error_of_that_send_alone() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(UnixNames.NewPath());
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(UnixNames.NewPath());
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await client.SendZeroCopyAsync(new Tick(), UnixNames.NewPath()));
        Assert.Equal(SocketError.AddressNotAvailable, failure.SocketErrorCode);
        await client.SendZeroCopyAsync(new Tick { Sequence = 1 }, server.LocalEndPoint);
        await ReceiveAsync(server, 1);
    });

    [EngineFact]
    public Task Connecting_by_name_finds_an_address_of_the_sockets_family() => OnEngine(async engine =>
    {
        // Which of the two localhost is differs from machine to machine.
        foreach (IPAddress address in await Dns.GetHostAddressesAsync("localhost"))
        {
            await using ZeroCopyDatagramSocket server = engine.BindDatagram(new IPEndPoint(address, 0));
            await using ZeroCopyDatagramSocket client = engine.BindDatagram(new IPEndPoint(address, 0));
            client.Connect(new DnsEndPoint("localhost", ((IPEndPoint)server.LocalEndPoint).Port));
            await client.SendZeroCopyAsync(new Tick { Sequence = 9 });
            Assert.Equal(client.LocalEndPoint, (await ReceiveAsync(server, 9)).ToEndPoint());
        }
    });

    private static async Task<PeerAddress> ReceiveAsync(ZeroCopyDatagramSocket socket, ulong sequence)
    {
        DatagramReceiver<Tick.View> receiver = socket.ReceiveTicksAsync();
        Assert.True(await receiver.MoveNextAsync());
        Assert.Equal(sequence, receiver.Current.Message.Sequence);
        return receiver.Current.From;
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringDatagramAddressTests() : DatagramAddressTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableDatagramAddressTests() : DatagramAddressTests(EngineKind.Portable);

/// <summary>Native Unix addresses in all the forms a kernel may give them.</summary>
public sealed class PeerAddressTests
{
    [Fact]
    public void A_path_is_the_same_address_with_and_without_the_NUL_behind_it()
    {
        PeerAddress with = Native("/tmp/x\0");
        Assert.Equal(Native("/tmp/x"), with);
        Assert.Equal(new PeerAddress(new UnixDomainSocketEndPoint("/tmp/x")), with);
        Assert.Equal("/tmp/x", with.ToString());
    }

    [Fact]
    public void An_abstract_name_is_all_its_bytes_NULs_included()
    {
        Assert.NotEqual(Native("\0a\0b"), Native("\0a"));
        Assert.NotEqual(Native("\0a\0"), Native("\0a"));
        Assert.Equal(new PeerAddress(new UnixDomainSocketEndPoint("\0a\0b")), Native("\0a\0b"));
    }

    [Fact]
    public void A_path_of_108_bytes_has_no_NUL_and_is_carried_whole()
    {
        // What bind(2) accepts from programs in other languages.
        string path = new('p', 108);
        PeerAddress address = Native(path);
        Assert.Equal(110, address.Native.Length);
        Assert.Equal(path, address.ToString());
    }

    [Fact]
    public void A_family_without_a_name_is_empty() => Assert.True(Native(string.Empty).IsEmpty);

    [Fact]
    public void A_length_beyond_the_address_is_not_believed()
    {
        // The kernel reports the length an address would have had (recvmsg(2), getsockname(2)).
        var native = new byte[110];
        native.AsSpan(2).Fill((byte)'q');
        native[0] = 1;
        Assert.Equal(new string('q', 108), new PeerAddress(native, 111).ToString());
    }

    private static PeerAddress Native(string path)
    {
        byte[] native = [1, 0, .. Encoding.ASCII.GetBytes(path)];
        return new PeerAddress(native, native.Length);
    }
}
