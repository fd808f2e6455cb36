using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>When a send is copied and when it is not.</summary>
public sealed class AdaptivePolicyTests
{
    [Theory]
    [InlineData(SendPolicy.RegisteredThreshold - 1, true, false)]
    [InlineData(SendPolicy.RegisteredThreshold, true, true)]
    [InlineData(SendPolicy.UnregisteredThreshold - 1, false, false)]
    [InlineData(SendPolicy.UnregisteredThreshold, false, true)]
    public async Task Small_sends_are_copied_and_large_ones_are_not(int length, bool leased, bool zeroCopy)
    {
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        Submitted submitted = await SendAsync(sim, length, leased);
        Assert.Equal(zeroCopy ? KernelOperation.SendZeroCopy : KernelOperation.Send, submitted.Operation);
        Assert.Equal(zeroCopy ? 0 : 1, sim.Engine.GetStatistics().CopiedBelowThreshold);
    }

    [Fact]
    public async Task Once_the_kernel_reports_a_copy_the_socket_copies_and_tries_again_rarely()
    {
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Adaptive;
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(8192);
        submitted.Notify(copied: true);
        await (await first).Recycled;
        Assert.Equal(1, sim.Engine.GetStatistics().KernelCopied);

        for (int i = 0; i < SendPolicy.SendsBeforeReprobe; i++)
        {
            Assert.Equal(KernelOperation.Send, (await SendAsync(sim, 8192, leased: false)).Operation);
        }

        Assert.Equal(KernelOperation.SendZeroCopy, (await SendAsync(sim, 8192, leased: false)).Operation);
        Assert.Equal(SendPolicy.SendsBeforeReprobe, sim.Engine.GetStatistics().CopiedAsKernelCopies);
    }

    [Fact]
    public async Task A_socket_that_refuses_zero_copy_is_not_asked_again()
    {
        await using var sim = new SimulatedSockets();
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(new byte[8192]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EOPNOTSUPP);
        (await sim.Kernel.NextAsync()).Complete(8192);
        await first;
        Assert.Equal(KernelOperation.Send, (await SendAsync(sim, 8192, leased: false)).Operation);
    }

    [Fact]
    public async Task With_every_buffer_in_flight_behind_it_a_message_is_copied_and_keeps_its_place()
    {
        // Waiting for a slot here would be a deadlock: the slots are in line behind the message.
        await using var sim = new SimulatedSockets();
        var held = new List<BufferLease>();
        while (sim.Engine.GetStatistics().FreeBuffers > 0)
        {
            held.Add(sim.Stream.Rent(1));
        }

        Task<SendReceipt> message = sim.Stream.SendZeroCopyAsync(new Tick { Sequence = 7 }).AsTask();
        Task behind = sim.Stream.SendAndRecycleAsync(held[0]).AsTask();
        Submitted first = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Send, first.Operation);
        byte[] expected = new byte[Tick.WireSize];
        Tick.Encode(new Tick { Sequence = 7 }, expected);
        Assert.Equal(expected, first.Bytes);
        first.Complete(Tick.WireSize);
        Assert.True((await message.WaitAsync(MoreRuleTests.Deadline)).IsRecycled);
        (await sim.Kernel.NextAsync()).Complete(1);
        await behind.WaitAsync(MoreRuleTests.Deadline);
        Assert.Equal(1, sim.Engine.GetStatistics().CopiedNoBuffer);
        held.ForEach(lease => lease.Dispose());
        sim.AssertNothingOwed();
    }

    private static async Task<Submitted> SendAsync(SimulatedSockets sim, int length, bool leased)
    {
        Task sending;
        if (leased)
        {
            using BufferLease lease = sim.Datagram.Rent(length);
            sending = sim.Datagram.SendAndRecycleAsync(lease).AsTask();
        }
        else
        {
            sending = sim.Datagram.SendAndRecycleAsync(new byte[length]).AsTask();
        }

        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.Complete(length);
        await sending.WaitAsync(MoreRuleTests.Deadline);
        return submitted;
    }
}
