using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Options take effect: what is set through a property is read back from the kernel itself.</summary>
public abstract class SocketOptionTests(EngineKind kind) : EngineSuite(kind)
{
    // Linux's numbers: asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h.
    private const int SolSocket = 1;
    private const int SolIp = 0;
    private const int SolTcp = 6;
    private const int SolIpv6 = 41;

    [EngineFact]
    public Task Stream_options_reach_the_kernel() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        foreach (ZeroCopySocket socket in new[] { pair.Client, pair.Server })
        {
            Assert.True(socket.NoDelay);
            socket.NoDelay = false;
            Assert.False(socket.NoDelay);

            socket.SendBufferSize = 30_000;
            socket.ReceiveBufferSize = 40_000;
            Assert.True(socket.SendBufferSize >= 30_000 && socket.SendBufferSize <= 60_000, $"{socket.SendBufferSize}");
            Assert.True(socket.ReceiveBufferSize >= 40_000 && socket.ReceiveBufferSize <= 80_000, $"{socket.ReceiveBufferSize}");

            Assert.Null(socket.KeepAlive);
            socket.KeepAlive = new TcpKeepAlive(TimeSpan.FromSeconds(11), TimeSpan.FromMilliseconds(2100), 4);
            Assert.Equal(new TcpKeepAlive(TimeSpan.FromSeconds(11), TimeSpan.FromSeconds(3), 4), socket.KeepAlive);
            socket.KeepAlive = null;
            Assert.Null(socket.KeepAlive);

            socket.TimeToLive = 17;
            Assert.Equal(17, socket.TimeToLive);
            socket.LingerState = new LingerOption(true, 1);
            Assert.Equal((true, 1), (socket.LingerState.Enabled, socket.LingerState.LingerTime));
            socket.LingerState = new LingerOption(false, 0);
        }

        if (OperatingSystem.IsLinux())
        {
            pair.Client.KeepAlive = new TcpKeepAlive(TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(6), 7);
            Assert.Equal((1, 50, 6, 7), (Raw(pair.Client, SolSocket, 9), Raw(pair.Client, SolTcp, 4), Raw(pair.Client, SolTcp, 5), Raw(pair.Client, SolTcp, 6)));
            Assert.Equal(17, Raw(pair.Client, SolIp, 2));
            Assert.Equal(TimeSpan.Zero, pair.Client.UserTimeout);
            pair.Client.UserTimeout = TimeSpan.FromMilliseconds(1234.5);
            Assert.Equal(TimeSpan.FromMilliseconds(1235), pair.Client.UserTimeout);
            Assert.Equal(1235, Raw(pair.Client, SolTcp, 18));
            pair.Client.SetRawSocketOption(SolTcp, 18, BitConverter.GetBytes(77));
            Assert.Equal(TimeSpan.FromMilliseconds(77), pair.Client.UserTimeout);
        }
    });

    [EngineFact]
    public Task Impossible_values_are_refused_as_bad_arguments() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDatagramSocket datagrams = engine.BindDatagram(Loopback.AnyPort);
        ZeroCopySocket socket = pair.Client;
        TimeSpan second = TimeSpan.FromSeconds(1);
        Action[] impossible =
        [
            () => socket.SendBufferSize = -1,
            () => socket.ReceiveBufferSize = -1,
            () => socket.TimeToLive = 0,
            () => socket.TimeToLive = 256,
            () => socket.KeepAlive = new TcpKeepAlive(TimeSpan.Zero, second, 1),
            () => socket.KeepAlive = new TcpKeepAlive(second, TimeSpan.FromDays(1), 1),
            () => socket.KeepAlive = new TcpKeepAlive(second, second, 0),
            () => socket.KeepAlive = new TcpKeepAlive(second, second, 128),
            () => datagrams.MulticastTimeToLive = 256,
            () => datagrams.JoinMulticastGroup(IPAddress.Parse("239.1.1.1"), -1),
            () => datagrams.SetMulticastInterface(-1),
            () => engine.Listen(Loopback.AnyPort, options: new ZeroCopySocketOptions { SendBufferSize = 0 }),
            () => engine.BindDatagram(Loopback.AnyPort, new ZeroCopySocketOptions { ReceiveBufferSize = -1 }),
        ];
        Assert.All(impossible, use => Assert.Throws<ArgumentOutOfRangeException>(use));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await engine.ConnectAsync(Loopback.AnyPort, new ZeroCopySocketOptions { SendBufferSize = 0 }));
        Assert.Throws<ArgumentNullException>(() => socket.LingerState = null!);
        Assert.Throws<ArgumentNullException>(() => datagrams.JoinMulticastGroup(null!));
        Assert.Throws<SocketException>(() => datagrams.JoinMulticastGroup(IPAddress.Loopback));
        Assert.Null(socket.KeepAlive);
        if (OperatingSystem.IsLinux())
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => socket.UserTimeout = TimeSpan.FromTicks(-1));
            Assert.Throws<ArgumentOutOfRangeException>(() => socket.UserTimeout = TimeSpan.FromDays(25));
        }
        else
        {
            Assert.Throws<PlatformNotSupportedException>(() => socket.UserTimeout = second);
            Assert.Throws<PlatformNotSupportedException>(() => engine.Listen(Loopback.AnyPort, options: new ZeroCopySocketOptions { ReusePort = true }));
        }
    });

    [EngineFact]
    public Task Options_given_beforehand_are_in_force_when_the_socket_is_bound_or_connected() => OnEngine(async engine =>
    {
        var options = new ZeroCopySocketOptions { SendBufferSize = 20_000, ReceiveBufferSize = 50_000, ReuseAddress = true };
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort, options: options);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint, options);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        await using ZeroCopyDatagramSocket datagrams = engine.BindDatagram(Loopback.AnyPort, options);
        Assert.InRange(client.SendBufferSize, 20_000, 40_000);
        Assert.InRange(client.ReceiveBufferSize, 50_000, 100_000);
        Assert.InRange(datagrams.SendBufferSize, 20_000, 40_000);
        Assert.InRange(datagrams.ReceiveBufferSize, 50_000, 100_000);
        if (OperatingSystem.IsLinux())
        {
            Assert.InRange(server.ReceiveBufferSize, 50_000, 100_000);
            Assert.Equal((1, 0), (Raw(datagrams, SolSocket, 2), Raw(datagrams, SolSocket, 15)));
            var value = new byte[4];
            Assert.Equal(4, listener.GetRawSocketOption(SolSocket, 8, value));
            Assert.InRange(BitConverter.ToInt32(value), 50_000, 100_000);
            listener.SetRawSocketOption(SolSocket, 8, BitConverter.GetBytes(10_000));
            listener.GetRawSocketOption(SolSocket, 8, value);
            Assert.Equal(20_000, BitConverter.ToInt32(value));
        }
    });

    [EngineFact]
    public Task Datagram_options_reach_the_kernel() => OnEngine(async engine =>
    {
        foreach (IPEndPoint address in new[] { Loopback.AnyPort, Loopback.AnyPortV6 })
        {
            await using ZeroCopyDatagramSocket socket = engine.BindDatagram(address);
            bool v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            Assert.False(socket.EnableBroadcast);
            socket.EnableBroadcast = true;
            Assert.True(socket.EnableBroadcast);
            socket.TimeToLive = 9;
            Assert.Equal(9, socket.TimeToLive);
            Assert.Equal(1, socket.MulticastTimeToLive);
            socket.MulticastTimeToLive = 5;
            Assert.Equal(5, socket.MulticastTimeToLive);
            Assert.True(socket.MulticastLoopback);
            socket.MulticastLoopback = false;
            Assert.False(socket.MulticastLoopback);
            if (OperatingSystem.IsLinux())
            {
                int level = v6 ? SolIpv6 : SolIp;
                Assert.Equal(
                    (1, 9, 5, 0),
                    (Raw(socket, SolSocket, 6), Raw(socket, level, v6 ? 16 : 2), Raw(socket, level, v6 ? 18 : 33), Raw(socket, level, v6 ? 19 : 34)));
            }
        }
    });

    [EngineFact]
    public Task What_a_dual_mode_socket_is_told_of_hops_and_groups_holds_for_IPv4_too() => OnLinux(async engine =>
    {
        int loopback = NetworkInterface.LoopbackInterfaceIndex;
        await using ZeroCopyDatagramSocket dual = engine.BindDatagram(new IPEndPoint(IPAddress.IPv6Any, 0));
        dual.TimeToLive = 9;
        dual.MulticastTimeToLive = 0;
        dual.MulticastLoopback = false;
        Assert.Equal((9, 0, 0), (Raw(dual, SolIp, 2), Raw(dual, SolIp, 33), Raw(dual, SolIp, 34)));
        Assert.Equal((9, 0, 0), (Raw(dual, SolIpv6, 16), Raw(dual, SolIpv6, 18), Raw(dual, SolIpv6, 19)));
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(Loopback.AnyPort);
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        await using ZeroCopySocket stream = await engine.ConnectAsync(new IPEndPoint(IPAddress.Loopback.MapToIPv6(), port));
        stream.TimeToLive = 7;
        Assert.Equal((7, 7), (Raw(stream, SolIp, 2), Raw(stream, SolIpv6, 16)));

        // An interface is believed only by what leaves through it.
        var group = IPAddress.Parse("239.193.7.2");
        dual.MulticastLoopback = true;
        dual.SetMulticastInterface(loopback);
        await using ZeroCopyDatagramSocket member = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
        member.SetRawSocketOption(SolIp, 49, BitConverter.GetBytes(0));
        member.JoinMulticastGroup(group, loopback);
        await dual.SendZeroCopyAsync(new Tick { Sequence = 8 }, new IPEndPoint(group, ((IPEndPoint)member.LocalEndPoint).Port));
        Assert.Equal(8ul, await NextAsync(member));

        await using ZeroCopyDatagramSocket six = engine.BindDatagram(new IPEndPoint(IPAddress.IPv6Any, 0), new ZeroCopySocketOptions { DualMode = false });
        int before = Raw(six, SolIp, 2);
        six.TimeToLive = 9;
        Assert.Equal(before, Raw(six, SolIp, 2));
    });

    [EngineFact]
    public Task Options_that_Unix_sockets_do_not_have_say_so() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(UnixNames.NewPath());
        Assert.Throws<NotSupportedException>(() => socket.MulticastTimeToLive = 1);
        Assert.Throws<NotSupportedException>(() => socket.TimeToLive);
        socket.ReceiveBufferSize = 30_000;
        Assert.InRange(socket.ReceiveBufferSize, 30_000, 60_000);
    });

    [EngineFact]
    public Task Listeners_that_reuse_a_port_share_its_connections() => OnLinux(async engine =>
    {
        var options = new ZeroCopySocketOptions { ReusePort = true };
        await using ZeroCopyListener one = engine.Listen(Loopback.AnyPort, options: options);
        await using ZeroCopyListener two = engine.Listen(one.LocalEndPoint, options: options);
        Assert.Equal(one.LocalEndPoint, two.LocalEndPoint);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => engine.Listen(one.LocalEndPoint)).SocketErrorCode);

        // The kernel chooses by a hash of the addresses: with 64 ports, all on one side has a chance of 2 to the -63.
        Task<ZeroCopySocket>[] accepted = [one.AcceptAsync().AsTask(), two.AcceptAsync().AsTask()];
        var clients = new List<ZeroCopySocket>();
        for (int i = 0; i < 64; i++)
        {
            clients.Add(await engine.ConnectAsync(one.LocalEndPoint));
        }

        ZeroCopySocket[] servers = await Task.WhenAll(accepted);
        Assert.All(servers, server => Assert.Contains(clients, client => client.LocalEndPoint.Equals(server.RemoteEndPoint)));
        foreach (ZeroCopySocket socket in clients.Concat(servers))
        {
            await socket.AbortAsync();
        }
    });

    /// <summary>A group, the interface to meet on, and the address that both bind to.</summary>
    public static TheoryData<string, int, string> Groups
    {
        get
        {
            // Linux lets IPv6 multicast over loopback only by a route nobody has: an ordinary interface it is, which no
            // datagram leaves with a hop limit of 0.
            int loopback = NetworkInterface.LoopbackInterfaceIndex;
            int v6 = NetworkInterface.GetAllNetworkInterfaces()
                .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .Where(i => i.Supports(NetworkInterfaceComponent.IPv6) && i.SupportsMulticast && i.GetIPProperties().UnicastAddresses.Any(a => a.Address.IsIPv6LinkLocal))
                .Select(i => i.GetIPProperties().GetIPv6Properties().Index).FirstOrDefault();
            var data = new TheoryData<string, int, string> { { "239.193.7.1", loopback, "0.0.0.0" }, { "239.193.7.1", loopback, "::" } };
            if (v6 != 0)
            {
                data.Add($"ff12::7:1%{v6}", v6, "::");
            }

            return data;
        }
    }

    [EngineTheory]
    [MemberData(nameof(Groups))]
    public Task Members_of_a_group_receive_what_is_sent_to_it_until_they_leave(string address, int interfaceIndex, string any) => OnLinux(async engine =>
    {
        IPAddress group = IPAddress.Parse(address);
        var options = new ZeroCopySocketOptions { ReuseAddress = true };
        await using ZeroCopyDatagramSocket one = engine.BindDatagram(new IPEndPoint(IPAddress.Parse(any), 0), options);
        int port = ((IPEndPoint)one.LocalEndPoint).Port;
        await using ZeroCopyDatagramSocket two = engine.BindDatagram(new IPEndPoint(IPAddress.Parse(any), port), options);
        bool v6 = group.AddressFamily == AddressFamily.InterNetworkV6;
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(v6 ? new IPEndPoint(IPAddress.IPv6Any, 0) : Loopback.AnyPort);
        sender.SetMulticastInterface(interfaceIndex);
        sender.MulticastTimeToLive = 0;
        // Otherwise Linux gives a socket what any socket of the machine is a member for (IP_MULTICAST_ALL, ip(7)).
        two.SetRawSocketOption(v6 ? SolIpv6 : SolIp, v6 ? 29 : 49, BitConverter.GetBytes(0));
        one.JoinMulticastGroup(group, interfaceIndex);
        two.JoinMulticastGroup(group, interfaceIndex);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => two.JoinMulticastGroup(group, interfaceIndex)).SocketErrorCode);

        await sender.SendZeroCopyAsync(new Tick { Sequence = 1 }, new IPEndPoint(group, port));
        Assert.Equal((1ul, 1ul), (await NextAsync(one), await NextAsync(two)));

        two.LeaveMulticastGroup(group, interfaceIndex);
        await sender.SendZeroCopyAsync(new Tick { Sequence = 2 }, new IPEndPoint(group, port));
        Assert.Equal(2ul, await NextAsync(one));
        // Over loopback it would have come to the other in the same call.
        using var noMore = new CancellationTokenSource();
        ValueTask<ReceivedDatagram> receiving = two.ReceiveAsync(new byte[100], noMore.Token);
        Assert.False(receiving.IsCompleted);
        await noMore.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await receiving);
        Assert.Throws<SocketException>(() => two.LeaveMulticastGroup(group, interfaceIndex));
    });

    [EngineFact]
    public Task Broadcasts_are_refused_until_they_are_enabled() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(new IPEndPoint(IPAddress.Any, 0));
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
        // 127.255.255.255 is the loopback network's broadcast address.
        var everybody = new IPEndPoint(IPAddress.Parse("127.255.255.255"), ((IPEndPoint)receiver.LocalEndPoint).Port);
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await sender.SendZeroCopyAsync(new Tick(), everybody));
        Assert.Equal(SocketError.AccessDenied, failure.SocketErrorCode);
        sender.EnableBroadcast = true;
        await sender.SendZeroCopyAsync(new Tick { Sequence = 6 }, everybody);
        Assert.Equal(6ul, await NextAsync(receiver));
    });

    private static async Task<ulong> NextAsync(ZeroCopyDatagramSocket socket)
    {
        DatagramReceiver<Tick.View> receiver = socket.ReceiveTicksAsync();
        Assert.True(await receiver.MoveNextAsync());
        return receiver.Current.Message.Sequence;
    }

    private Task OnLinux(Func<ZeroCopyEngine, Task> test) => OperatingSystem.IsLinux() ? OnEngine(test) : Task.CompletedTask;

    private static int Raw(ZeroCopySocket socket, int level, int name)
    {
        int value = -1;
        Assert.Equal(4, socket.GetRawSocketOption(level, name, MemoryMarshal.AsBytes(new Span<int>(ref value))));
        return value;
    }

    private static int Raw(ZeroCopyDatagramSocket socket, int level, int name)
    {
        int value = 0;
        Assert.InRange(socket.GetRawSocketOption(level, name, MemoryMarshal.AsBytes(new Span<int>(ref value))), 1, 4);
        return value;
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringSocketOptionTests() : SocketOptionTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableSocketOptionTests() : SocketOptionTests(EngineKind.Portable);
