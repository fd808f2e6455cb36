using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Bugs that other zero-copy transports had, on the real kernel. docs/KNOWN_BUGS.md lists all, and the tests that are elsewhere.</summary>
[NeedsIoUring]
public sealed class KnownBugTests() : EngineSuite(EngineKind.IoUring)
{
    private static readonly ZeroCopyOptions s_options = new()
    {
        Policy = ZeroCopyPolicy.Always,
        SmallBuffers = 0,
        MediumBuffers = 0,
        LargeBuffers = 21,
        CloseTimeout = TimeSpan.FromMilliseconds(100),
        StalledPeerTimeout = TimeSpan.FromSeconds(1),
    };

    /// <remarks>celeris#812.</remarks>
    [EngineFact]
    public Task A_stalled_peer_of_a_closed_connection_never_gets_the_bytes_of_another() => OnEngine(s_options with { StalledPeerTimeout = TimeSpan.FromMinutes(5) }, async engine =>
    {
        await using PlainPair stalled = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        BufferLease lease = engine.Rent(65_536);
        lease.Edit().Fill(0xAA);
        SendReceipt sent = await stalled.Socket.SendZeroCopyAsync(lease);
        lease.Dispose();
        await stalled.Socket.DisposeAsync();
        Assert.False(sent.IsRecycled);

        // Everything the pool still has is written and sent to somebody else, more than once.
        await using TcpPair other = await TcpPair.ConnectAsync(engine);
        for (int round = 0; round < 3; round++)
        {
            var leases = new List<BufferLease>();
            for (int i = 0; i < s_options.LargeBuffers - 1; i++)
            {
                leases.Add(await engine.RentAsync(65_536));
                leases[i].Edit().Fill(0xBB);
                Task sending = other.Client.SendAndRecycleAsync(leases[i]).AsTask();
                Assert.Equal(-1, (await other.Server.ReadExactlyAsync(65_536)).AsSpan().IndexOfAnyExcept((byte)0xBB));
                await sending;
            }

            Assert.Throws<InvalidOperationException>(() => { engine.Rent(65_536); });
            leases.ForEach(one => one.Dispose());
        }

        Assert.Equal(-1, (await stalled.ReadPeerAsync(65_536)).AsSpan().IndexOfAnyExcept((byte)0xAA));
        await sent.Recycled;
    });

    /// <remarks>ioxide#245.</remarks>
    [EngineFact]
    public Task Twenty_one_half_closed_peers_that_do_not_read_neither_stop_the_others_nor_keep_the_memory() => OnEngine(s_options, async engine =>
    {
        var held = new List<PlainPair>();
        for (int i = 0; i < s_options.LargeBuffers; i++)
        {
            PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
            held.Add(pair);
            using BufferLease lease = engine.Rent(65_536);
            lease.Edit().Clear();
            await pair.Socket.SendZeroCopyAsync(lease);
            pair.Peer.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await pair.Socket.ReceiveAsync(new byte[1]));
        }

        Assert.Equal(0, engine.GetStatistics().FreeBuffers);

        // The others go on: a message for which there is no buffer is copied.
        await using TcpPair other = await TcpPair.ConnectAsync(engine);
        await other.Client.SendZeroCopyAsync(Block.Number(7));
        await other.Server.ReadExactlyAsync(Block.WireSize);
        Assert.Equal(1, engine.GetStatistics().CopiedNoBuffer);

        // The end of their stream has been seen, so their sockets are closed, and the kernel drops peers that do not read.
        await Task.WhenAll(held.Select(pair => pair.Socket.DisposeAsync().AsTask()));
        using BufferLease returned = await engine.RentAsync(65_536);
        await Eventually.TrueAsync(
            () => engine.GetStatistics().FreeBuffers == s_options.LargeBuffers - 1,
            () => $"Half-closed peers keep buffers: {engine.GetStatistics()}");
        held.ForEach(pair => pair.Peer.Dispose());
    });

    /// <remarks>Several .NET transports: memory pinned, but given back to its pool with the result.</remarks>
    [EngineFact]
    public Task Memory_of_a_message_or_lease_is_nobody_elses_before_its_notification() => OnEngine(s_options, async engine =>
    {
        await using PlainPair stalled = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        // Fills the window, so that what follows stays in its buffers.
        await stalled.Socket.SendZeroCopyAsync(new byte[65_536]);
        await stalled.Socket.SendZeroCopyAsync(Block.Number(5));
        using (BufferLease lease = engine.Rent(65_536))
        {
            lease.Edit().Fill(0xAA);
            await stalled.Socket.SendZeroCopyAsync(lease);
        }

        var others = new List<BufferLease>();
        while (engine.GetStatistics().FreeBuffers > 0)
        {
            others.Add(engine.Rent(65_536));
            others[^1].Edit().Fill(0xBB);
        }

        Assert.Equal(s_options.LargeBuffers - 2, others.Count);
        others.ForEach(lease => lease.Dispose());
        byte[] received = await stalled.ReadPeerAsync(65_536 + Block.WireSize + 65_536);
        Assert.Equal(-1, received.AsSpan(65_536 + 16, 4080).IndexOfAnyExcept(Block.Filling(5, 0)));
        Assert.Equal(-1, received.AsSpan(65_536 + Block.WireSize).IndexOfAnyExcept((byte)0xAA));
    });
}
