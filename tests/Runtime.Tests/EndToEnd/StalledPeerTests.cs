namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>
/// A peer that does not read: what its window does not admit stays queued in the sender's kernel, in place, and the
/// notification stays away for as long. The test bed of everything about buffers the kernel holds.
/// </summary>
[NeedsIoUring]
public sealed class StalledPeerTests() : EngineSuite(EngineKind.IoUring)
{
    private static readonly ZeroCopyOptions s_options = new()
    {
        Policy = ZeroCopyPolicy.Always,
        CloseTimeout = TimeSpan.FromMilliseconds(200),
        StalledPeerTimeout = TimeSpan.FromSeconds(1),
    };

    [EngineFact]
    public Task Writing_in_flight_throws_and_names_the_rule() => OnEngine(s_options, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        using BufferLease lease = engine.Rent(65_536);
        lease.Edit().Fill(1);
        using Tick.Buffer tick = pair.Socket.RentTick();
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        SendReceipt tickSent = await pair.Socket.SendZeroCopyAsync(tick);

#pragma warning disable ZCS0001 // What the compiler would not let pass must fail at run time too.
        Assert.StartsWith("ZCS0001", Assert.Throws<InvalidOperationException>(() => { lease.Edit(); }).Message);
        Assert.StartsWith("ZCS0001", Assert.Throws<InvalidOperationException>(() => { tick.Edit(); }).Message);
        Assert.StartsWith("ZCS0001", Assert.Throws<InvalidOperationException>(() => tick.Write(new Tick())).Message);
#pragma warning restore ZCS0001
        Assert.True(lease.IsInFlight && tick.IsInFlight);
        Assert.False(sent.IsRecycled || tickSent.IsRecycled);
        Assert.Equal(1, lease.Read()[65_535]);
        Assert.Equal(0ul, tick.Read().Sequence);

        pair.Reset();
        await sent.Recycled;
        await tickSent.Recycled;
        lease.Edit().Fill(2);
        tick.Edit().Sequence = 2;
    });

    [EngineFact]
    public Task A_lease_is_in_flight_until_the_last_of_its_sends_is_recycled() => OnEngine(s_options, async engine =>
    {
        await using PlainPair reading = await PlainPair.ConnectAsync(engine);
        await using PlainPair stalled = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        using BufferLease lease = engine.Rent(65_536);
        lease.Edit().Fill(1);
        SendReceipt first = await reading.Socket.SendZeroCopyAsync(lease);
        SendReceipt second = await stalled.Socket.SendZeroCopyAsync(lease);

        await ReadAsync(reading, 65_536);
        await first.Recycled;
        Assert.True(lease.IsInFlight);
        Assert.False(second.IsRecycled);

        await ReadAsync(stalled, 65_536);
        await second.Recycled;
        Assert.False(lease.IsInFlight);
    });

    [EngineFact]
    public Task A_lease_disposed_in_flight_returns_its_slot_with_the_notification() => OnEngine(s_options with { LargeBuffers = 1 }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        BufferLease lease = engine.Rent(65_536);
        byte[] bytes = Payload.Make(65_536);
        bytes.CopyTo(lease.Edit());
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        lease.Dispose();

        Assert.Equal(1, engine.GetStatistics().InFlightBuffers);
        Assert.Throws<InvalidOperationException>(() => { engine.Rent(65_536); });
        ValueTask<BufferLease> waiting = engine.RentAsync(65_536);
        Assert.False(waiting.IsCompleted);

        Assert.Equal(bytes, await ReadAsync(pair, 65_536));
        await sent.Recycled;
        (await waiting).Dispose();
    });

    [EngineTheory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Disposing_the_socket_ends_in_bounded_time_and_the_buffers_return_when_the_peer_lets_go(bool reset) => OnEngine(s_options with { StalledPeerTimeout = TimeSpan.FromMinutes(5) }, async engine =>
    {
        PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        byte[] bytes = Payload.Make(65_536);
        BufferLease lease = engine.Rent(65_536);
        bytes.CopyTo(lease.Edit());
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        lease.Dispose();

        await pair.Socket.DisposeAsync();
        Assert.False(sent.IsRecycled);
        Assert.Equal(1, engine.GetStatistics().InFlightBuffers);

        if (reset)
        {
            pair.Reset();
        }
        else
        {
            // What was accounted before the close is still delivered, from the bytes that were in the buffer then.
            Assert.Equal(bytes, await ReadAsync(pair, 65_536));
        }

        await sent.Recycled;
        await pair.DisposeAsync();
    });

    [EngineFact]
    public Task A_peer_that_never_reads_again_is_dropped_by_the_kernel_and_the_buffers_return() => OnEngine(s_options, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        BufferLease lease = engine.Rent(65_536);
        lease.Edit().Clear();
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        lease.Dispose();
        await pair.Socket.DisposeAsync();
        await sent.Recycled;
        Assert.Equal(0, engine.GetStatistics().InFlightBuffers);
    });

    [EngineFact]
    public Task Aborting_gives_every_buffer_back_at_once() => OnEngine(s_options with { StalledPeerTimeout = TimeSpan.FromMinutes(5) }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        using BufferLease lease = engine.Rent(65_536);
        lease.Edit().Clear();
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        await pair.Socket.AbortAsync();
        await sent.Recycled;
        lease.Edit().Clear();
    });

    [EngineFact]
    public Task Disposing_the_engine_resets_stalled_peers_and_loses_no_buffer() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(s_options with { Engine = Kind });
        PlainPair[] pairs = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PlainPair.ConnectAsync(engine, receiveBuffer: 4096)));
        var receipts = new List<SendReceipt>();
        foreach (PlainPair pair in pairs)
        {
            using BufferLease lease = engine.Rent(65_536);
            lease.Edit().Clear();
            receipts.Add(await pair.Socket.SendZeroCopyAsync(lease));
        }

        Assert.Equal(10, engine.GetStatistics().InFlightBuffers);
        await engine.DisposeAsync();

        Books.AssertNothingLost(engine);
        foreach (SendReceipt receipt in receipts)
        {
            await receipt.Recycled;
        }

        foreach (PlainPair pair in pairs)
        {
            await pair.DisposeAsync();
        }
    });

    [EngineFact]
    public Task The_unified_completion_waits_for_the_peer() => OnEngine(s_options, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        byte[] memory = Payload.Make(65_536);
        Task sending = pair.Socket.SendAndRecycleAsync(memory).AsTask();

        // The next send goes all the same: order never waits for a notification.
        await pair.Socket.SendZeroCopyAsync(new Tick { Sequence = 1 });
        Assert.False(sending.IsCompleted);

        Assert.Equal(memory, await ReadAsync(pair, 65_536));
        await sending;
    });

    private static async Task<byte[]> ReadAsync(PlainPair pair, int length)
    {
        var bytes = new byte[length];
        for (int have = 0; have < length;)
        {
            int received = await pair.Peer.ReceiveAsync(bytes.AsMemory(have));
            Assert.NotEqual(0, received);
            have += received;
        }

        return bytes;
    }
}
