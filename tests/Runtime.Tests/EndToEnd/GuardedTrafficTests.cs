namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>
/// Guard mode under real traffic, per engine: correct programs are left alone, and pages that were read-only for a while carry
/// the next message. Would catch a page left read-only, a kernel that goes on reading an old copy of it, or a false alarm.
/// </summary>
public abstract class GuardedTrafficTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Rounds = 40;

    [EngineTheory]
    [InlineData(GuardMode.Check)]
    [InlineData(GuardMode.Protect)]
    public Task A_buffer_is_written_and_sent_again_and_again_and_arrives_as_written(GuardMode mode) => OnEngine(OptionsFor(mode), async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        foreach (int size in new[] { 100, 4096, 60_000 })
        {
            using BufferLease lease = engine.Rent(size);
            for (int round = 0; round < Rounds; round++)
            {
                byte[] content = Payload.Make(size, round);
                content.CopyTo(lease.Edit());
                // Twice in flight at once: the pages must stay as they are until both are back.
                SendReceipt first = await pair.Client.SendZeroCopyAsync(lease);
                SendReceipt second = await pair.Client.SendZeroCopyAsync(lease);
                Assert.Equal(content, await pair.Server.ReadExactlyAsync(size));
                Assert.Equal(content, await pair.Server.ReadExactlyAsync(size));
                await second.Recycled;
                await first.Recycled;
            }
        }

        Assert.Equal(0, engine.GetStatistics().GuardViolations);
    });

    [EngineTheory]
    [InlineData(GuardMode.Check)]
    [InlineData(GuardMode.Protect)]
    public Task Messages_and_memory_of_the_callers_own_travel_unharmed(GuardMode mode) => OnEngine(OptionsFor(mode), async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        byte[] memory = new byte[20_000];
        for (int round = 0; round < Rounds; round++)
        {
            Payload.Make(memory.Length, round).CopyTo(memory, 0);
            await pair.Client.SendAndRecycleAsync(memory);
            Assert.Equal(memory, await pair.Server.ReadExactlyAsync(memory.Length));
            await pair.Client.SendZeroCopyAsync(Block.Number((ulong)round));
            byte[] expected = new byte[Block.WireSize];
            Block.Encode(Block.Number((ulong)round), expected);
            Assert.Equal(expected, await pair.Server.ReadExactlyAsync(Block.WireSize));
        }

        Assert.Equal(0, engine.GetStatistics().GuardViolations);
    });

    [EngineFact]
    public Task The_mode_in_force_is_told() => OnEngine(OptionsFor(GuardMode.Check), engine =>
    {
        Assert.Equal(GuardMode.Check, engine.Options.Guard);
        return Task.CompletedTask;
    });

    private static ZeroCopyOptions OptionsFor(GuardMode mode) => new() { Guard = mode, Policy = ZeroCopyPolicy.Always, SmallBuffers = 64 };
}

/// <inheritdoc/>
[NeedsIoUring]
public sealed class IoUringGuardedTrafficTests() : GuardedTrafficTests(EngineKind.IoUring);

/// <inheritdoc/>
public sealed class PortableGuardedTrafficTests() : GuardedTrafficTests(EngineKind.Portable);
