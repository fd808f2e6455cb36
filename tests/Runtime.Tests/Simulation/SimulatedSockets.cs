using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>An engine over a <see cref="SimulatedKernel"/> with a stream and a datagram socket, and the checks every test ends with.</summary>
internal sealed class SimulatedSockets : IAsyncDisposable
{
    public SimulatedSockets(Action<SimulatedKernel>? configure = null, ZeroCopyOptions? options = null)
    {
        configure?.Invoke(Kernel);
        Engine = new ZeroCopyEngine(
            options ?? new ZeroCopyOptions
            {
                LoopCount = 1,
                Policy = ZeroCopyPolicy.Always,
                ZeroCopyThreshold = 1024,
                DatagramZeroCopyThreshold = 1024,
                OffLoopZeroCopyThreshold = 1024,
                UnregisteredZeroCopyThreshold = 4096,
                SmallBuffers = 8,
                MediumBuffers = 4,
                LargeBuffers = 2,
                CloseTimeout = TimeSpan.FromMilliseconds(50),
            },
            Kernel,
            "simulated kernel");
        Stream = NewStream();
        Datagram = new ZeroCopyDatagramSocket(
            new SocketCore(Engine, Engine.Loops[0], new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)));
    }

    public SimulatedKernel Kernel { get; } = new();

    public ZeroCopyEngine Engine { get; }

    public ZeroCopySocket Stream { get; }

    public ZeroCopyDatagramSocket Datagram { get; }

    public ZeroCopySocket NewStream() => new(
        new SocketCore(Engine, Engine.Loops[0], new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)),
        new IPEndPoint(IPAddress.Loopback, 2));

    public ZeroCopyListener NewListener() => new(
        new SocketCore(Engine, Engine.Loops[0], new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)));

    /// <summary>The loop has done everything it was asked so far.</summary>
    public Task SettleAsync() => Engine.Loops[0].RunAsync(static async () =>
    {
        // Two rounds: what a completion of the first caused has happened by the end of the second.
        await Task.Yield();
        await Task.Yield();
    });

    /// <summary>Everything came back.</summary>
    public void AssertNothingOwed()
    {
        ZeroCopyStatistics statistics = Engine.GetStatistics();
        Assert.Equal(0, statistics.OwedNotifications);
        Assert.Equal(0, statistics.InFlightBuffers);
        Assert.Equal(0, statistics.LeasedBuffers);
        Assert.Equal(0, statistics.HeldReceiveBuffers);
        Assert.Equal(0, statistics.QuarantinedBuffers);
        Assert.Equal(0, statistics.StaleCompletions);
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
