using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>
/// A receive for which there is nothing yet should not try before it waits. Whether there is, the one before it told: TCP by a
/// flag, even where it filled its buffer, as a request of just the buffer's size does.
/// </summary>
public sealed class DrainedSocketTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(AddressFamily.InterNetwork, 5, false, true)]
    [InlineData(AddressFamily.InterNetwork, 5, true, false)]
    [InlineData(AddressFamily.InterNetwork, 8, false, true)]
    [InlineData(AddressFamily.InterNetwork, 8, true, false)]
    [InlineData(AddressFamily.InterNetworkV6, 8, false, true)]
    [InlineData(AddressFamily.Unix, 5, false, true)]
    [InlineData(AddressFamily.Unix, 8, false, false)]
    public async Task A_receive_waits_without_trying_where_the_one_before_it_emptied_the_socket(AddressFamily family, int received, bool holdsMore, bool waits)
    {
        await using var sim = new SimulatedSockets();
        var socket = new ZeroCopySocket(
            new SocketCore(sim.Engine, sim.Engine.Loops[0], new Socket(family, SocketType.Stream, ProtocolType.Unspecified)), new IPEndPoint(IPAddress.Loopback, 2));
        byte[] buffer = new byte[8];
        Task running = sim.Engine.Loops[0].RunAsync(async () =>
        {
            Assert.Equal(received, await socket.ReceiveAsync(buffer));
            Assert.Equal(1, await socket.ReceiveAsync(buffer));
        });

        Submitted first = await sim.Kernel.NextAsync();
        Assert.False(first.PollFirst);
        first.Complete(received, holdsMore ? Completion.SocketNotEmpty : 0);
        Submitted second = await sim.Kernel.NextAsync();
        Assert.Equal(waits, second.PollFirst);
        second.Complete(1);
        await running.WaitAsync(s_deadline);
        await socket.DisposeAsync();
    }
}
