namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>User code that runs in unusual places.</summary>
public sealed class ReentranceTests
{
    [Fact]
    public async Task A_context_that_runs_posts_at_once_sees_every_completion_once()
    {
        // Would catch a batch of completions handed out again from its start by the send made inside it.
        await using var sim = new SimulatedSockets();
        using BufferLease a = sim.Datagram.Rent(100);
        using BufferLease b = sim.Datagram.Rent(100);
        Submitted[] submitted = new Submitted[2];
        var receipts = new Task<SendReceipt>[2];
        for (int i = 0; i < 2; i++)
        {
            receipts[i] = sim.Datagram.SendZeroCopyAsync(i == 0 ? a : b).AsTask();
            submitted[i] = await sim.Kernel.NextAsync();
            submitted[i].CompleteWithMore(100);
            await receipts[i].WaitAsync(MoreRuleTests.Deadline);
        }

        SendReceipt first = await receipts[0];
        SendReceipt second = await receipts[1];
        Task<SendReceipt>? nested = null;
        Task chained = InlineContext.Start(ChainAsync);

        // Both notifications wait on the ring; the next send's thread reaps them together and runs the chain inside.
        submitted[0].Ring.SignalsLoop = false;
        submitted[0].Notify();
        submitted[1].Notify();
        Task<SendReceipt> trigger = sim.Datagram.SendZeroCopyAsync(new byte[1]).AsTask();
        await chained.WaitAsync(MoreRuleTests.Deadline);
        await second.Recycled.AsTask().WaitAsync(MoreRuleTests.Deadline);
        (await sim.Kernel.NextAsync()).Complete(1);
        (await sim.Kernel.NextAsync()).Complete(1);
        await trigger.WaitAsync(MoreRuleTests.Deadline);
        await nested!.WaitAsync(MoreRuleTests.Deadline);
        Assert.Equal(2, sim.Engine.GetStatistics().ZeroCopied);
        Assert.Equal(0, sim.Engine.GetStatistics().StaleCompletions);

        async Task ChainAsync()
        {
            await first.Recycled;
            nested = sim.Datagram.SendZeroCopyAsync(new byte[1]).AsTask();
        }
    }
}
