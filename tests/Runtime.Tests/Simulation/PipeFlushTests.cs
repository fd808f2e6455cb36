using System.Buffers;
using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>A flush over a kernel that does what the test says: its segments are one stretch of the stream.</summary>
public sealed class PipeFlushTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_follows_a_segment_that_failed_for_want_of_memory_and_the_flush_tells(bool throughRing)
    {
        // What followed would be read as the bytes that are missing.
        await using var sim = new SimulatedSockets(kernel => kernel.DirectSend = _ => throughRing ? -KernelError.EAGAIN : -KernelError.ENOMEM);
        sim.Stream.Policy = ZeroCopyPolicy.Never;
        await using ZeroCopyDuplexPipe pipe = sim.Stream.AsPipe();
        pipe.Output.Write(new byte[100_000]);
        Task flushing = pipe.Output.FlushAsync().AsTask();
        if (throughRing)
        {
            (await sim.Kernel.NextAsync()).Complete(-KernelError.ENOMEM);
        }

        IOException failure = await Assert.ThrowsAsync<IOException>(() => flushing.WaitAsync(Deadline));
        Assert.Equal(SocketError.NoBufferSpaceAvailable, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        await Assert.ThrowsAsync<IOException>(async () => await pipe.Output.WriteAsync(new byte[1]));
        await sim.SettleAsync();
        Assert.False(sim.Kernel.HasSubmitted);
        sim.AssertNothingOwed();
    }
}
