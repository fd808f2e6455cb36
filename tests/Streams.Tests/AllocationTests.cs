using System.IO.Pipelines;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>Tests that measure the whole process, so that nothing may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Runs alone";
}

/// <summary>Once warm, the views allocate nothing per operation.</summary>
[NeedsIoUring]
[Collection(RunsAlone.Name)]
public sealed class AllocationTests() : EngineSuite(EngineKind.IoUring)
{
    private const int RoundTrips = 20_000;

    /// <summary>The counter is the process's, so it also sees the test host. The smallest object, 24 bytes, would show at every 9th round trip.</summary>
    private const long SlackBytes = 50_000;

    [EngineTheory]
    [InlineData(100, ZeroCopyPolicy.Adaptive)]
    [InlineData(4_000, ZeroCopyPolicy.Always)]
    public Task A_streams_reads_and_writes_allocate_nothing(int length, ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        var ask = new byte[length];
        var answer = new byte[length];
        await AssertAllocatesNothingAsync(async () =>
        {
            Task echoing = BounceAsync(pair.Server, answer, first: false);
            await BounceAsync(pair.Client, ask, first: true);
            await echoing;
        });
    });

    [EngineFact]
    public Task A_pipes_writes_and_flushes_allocate_nothing() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        var at = new byte[10_000];
        await AssertAllocatesNothingAsync(async () =>
        {
            for (int i = 0; i < RoundTrips; i++)
            {
                Fill(pipe.Output);
                await pipe.Output.FlushAsync();
                for (int have = 0; have < at.Length;)
                {
                    have += await pair.Server.ReceiveAsync(at.AsMemory(have));
                }
            }
        });
        Assert.Equal(0, engine.GetStatistics().CopiedByPolicy);
    });

    private static void Fill(PipeWriter writer)
    {
        for (int left = 10_000; left > 0;)
        {
            int length = Math.Min(left, writer.GetSpan().Length);
            writer.Advance(length);
            left -= length;
        }
    }

    private static async Task BounceAsync(ZeroCopyStream stream, byte[] buffer, bool first)
    {
        for (int i = 0; i < RoundTrips; i++)
        {
            if (first)
            {
                await stream.WriteAsync(buffer);
            }

            for (int have = 0; have < buffer.Length;)
            {
                have += await stream.ReadAsync(buffer.AsMemory(have));
            }

            if (!first)
            {
                await stream.WriteAsync(buffer);
            }
        }
    }

    private static async Task AssertAllocatesNothingAsync(Func<Task> traffic)
    {
        await traffic();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        // A background event may fall into one run, not into three.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 3 && least > SlackBytes; attempt++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await traffic();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(least <= SlackBytes, $"{least} bytes for {RoundTrips} round trips, {(double)least / RoundTrips:0.0} each.");
    }
}
