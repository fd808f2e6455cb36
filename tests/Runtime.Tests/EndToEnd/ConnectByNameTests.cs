using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;
using ZeroCopySockets.Portable;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Hosts with several addresses: whichever connects first, and none of the others left behind (RFC 8305).</summary>
public abstract class ConnectByNameTests(EngineKind kind) : EngineSuite(kind)
{
    private const string Host = "host.test";

    [EngineFact]
    public Task The_systems_own_resolver_finds_localhost() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.IPv6Any, 0));
        int port = ((IPEndPoint)listener.LocalEndPoint).Port;
        await using ZeroCopySocket byName = await engine.ConnectAsync("localhost", port);
        await using ZeroCopySocket byEndPoint = await engine.ConnectAsync(new DnsEndPoint("localhost", port));
        await using ZeroCopySocket byText = await engine.ConnectAsync("::1", port);
        Assert.True(IPAddress.IsLoopback(Assert.IsType<IPEndPoint>(byName.RemoteEndPoint).Address));
        Assert.Equal(byName.RemoteEndPoint, byEndPoint.RemoteEndPoint);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, port), byText.RemoteEndPoint);
    });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task With_a_listener_on_one_of_two_addresses_that_one_connects(bool v6Listens) => OnResolver(["::1", "127.0.0.1"], async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(v6Listens ? Loopback.AnyPortV6 : Loopback.AnyPort);
        await using ZeroCopySocket client = await engine.ConnectAsync(Host, ((IPEndPoint)listener.LocalEndPoint).Port);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
        await client.SendZeroCopyAsync(new Tick());
        await server.ReadExactlyAsync(Tick.WireSize);
    });

    [EngineFact]
    public Task An_address_that_does_not_answer_is_overtaken_and_its_attempt_closed() => OnResolver(["127.0.0.2", "127.0.0.3", "127.0.0.1"], async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        int port = ((IPEndPoint)listener.LocalEndPoint).Port;
        using var one = new BlackHole(IPAddress.Parse("127.0.0.2"), port);
        using var two = new BlackHole(IPAddress.Parse("127.0.0.3"), port);
        await using ZeroCopySocket client = await engine.ConnectAsync(Host, port);
        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
        await Eventually.TrueAsync(() => engine.OpenSockets == 2, () => $"{engine.OpenSockets} sockets are open, not the client and the listener alone.");
    });

    [EngineFact]
    public Task Cancelling_ends_every_attempt() => OnResolver(["127.0.0.2", "127.0.0.3"], async engine =>
    {
        using var one = new BlackHole(IPAddress.Parse("127.0.0.2"), 0);
        using var two = new BlackHole(IPAddress.Parse("127.0.0.3"), one.Port);
        using var giveUp = new CancellationTokenSource();
        Task<ZeroCopySocket> connecting = engine.ConnectAsync(Host, one.Port, giveUp.Token).AsTask();
        await Eventually.TrueAsync(() => engine.OpenSockets == 2, () => "The second attempt never started.");
        await giveUp.CancelAsync();
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(giveUp.Token, canceled.CancellationToken);
        await Eventually.TrueAsync(() => engine.OpenSockets == 0, () => $"{engine.OpenSockets} attempts are still open.");
    });

    [EngineFact]
    public Task Where_every_address_fails_the_error_of_the_one_that_answered_is_thrown() => OnResolver(["255.255.255.255", "127.0.0.1"], async engine =>
    {
        // TCP to the broadcast address is refused by this machine itself.
        await using ZeroCopyListener gone = engine.Listen(Loopback.AnyPort);
        int port = ((IPEndPoint)gone.LocalEndPoint).Port;
        await gone.DisposeAsync();
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(Host, port));
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
        Assert.Contains($"127.0.0.1:{port}", failure.Message);
        Assert.Contains($"255.255.255.255:{port}", failure.Message);
        Assert.Equal(0, engine.OpenSockets);
    });

    [EngineFact]
    public Task A_host_without_addresses_is_not_found() => OnResolver([], async engine =>
    {
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(Host, 80));
        Assert.Equal(SocketError.HostNotFound, failure.SocketErrorCode);
    });

    [EngineFact]
    public Task A_socket_connected_by_name_on_a_loop_belongs_to_it() => OnResolver(["::1", "127.0.0.1"], async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        int port = ((IPEndPoint)listener.LocalEndPoint).Port;
        foreach (ZeroCopyLoop loop in engine.Loops)
        {
            await using ZeroCopySocket socket = await loop.RunAsync(() => engine.ConnectAsync(Host, port).AsTask());
            Assert.Same(loop, socket.Loop);
        }
    });

    private Task OnResolver(string[] addresses, Func<ZeroCopyEngine, Task> test) => WithDeadline(async () =>
    {
        Kernel kernel = Kind == EngineKind.Portable ? new PortableKernel() : LinuxKernel.TryCreate(out LinuxKernel? linux, out _) ? linux : throw new InvalidOperationException();
        await using var engine = new ZeroCopyEngine(new ZeroCopyOptions { LoopCount = 2 }, kernel, kernel.Description)
        {
            Resolver = (host, family, _) =>
            {
                Assert.Equal((Host, AddressFamily.Unspecified), (host, family));
                return Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]);
            },
        };
        await test(engine);
        Books.AssertNothingLost(engine);
    });

    /// <summary>An address where connections neither succeed nor fail: a listener whose backlog is full.</summary>
    private sealed class BlackHole : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _filling = [];

        public BlackHole(IPAddress address, int port)
        {
            _listener.Bind(new IPEndPoint(address, port));
            _listener.Listen(0);
            while (true)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _filling.Add(socket);
                if (!socket.ConnectAsync(_listener.LocalEndPoint!).Wait(100))
                {
                    return;
                }
            }
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose()
        {
            _listener.Dispose();
            _filling.ForEach(socket => socket.Dispose());
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringConnectByNameTests() : ConnectByNameTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableConnectByNameTests() : ConnectByNameTests(EngineKind.Portable);

/// <summary>The order of the attempts.</summary>
public sealed class ConnectionRaceTests
{
    [Theory]
    [InlineData("1::1", "1::1")]
    [InlineData("1::1 1::2 1::3 1.0.0.1 1.0.0.2", "1::1 1.0.0.1 1::2 1.0.0.2 1::3")]
    [InlineData("1.0.0.1 1::1 1::2 1::3", "1.0.0.1 1::1 1::2 1::3")]
    [InlineData("1.0.0.1 1.0.0.2 1.0.0.3 1::1", "1.0.0.1 1::1 1.0.0.2 1.0.0.3")]
    public void The_families_take_turns_and_the_resolvers_first_choice_is_first(string resolved, string expected) =>
        Assert.Equal(
            expected,
            string.Join(' ', ConnectionRace.Interleave([.. resolved.Split(' ').Select(IPAddress.Parse)]).AsEnumerable()));
}
