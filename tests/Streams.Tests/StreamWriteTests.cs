using System.Net.Sockets;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>Writes over the stream view: order, ownership of the caller's memory, ends and failures.</summary>
public abstract class StreamWriteTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Adaptive)]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task What_was_written_arrives_though_the_memory_is_reused_at_once(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyStream stream = pair.Socket.AsStream();
        int[] lengths = [1, 100, 1024, 5000, 65_536, 200_000];
        byte[] expected = [.. lengths.SelectMany(length => Payload.Make(length, length))];

        // The peer does not read yet: what the kernel referred to in place would show the overwriting.
        foreach (int length in lengths)
        {
            byte[] buffer = Payload.Make(length, length);
            await stream.WriteAsync(buffer);
            buffer.AsSpan().Clear();
        }

        await stream.FlushAsync();
        stream.CompleteWrites();
        using var peer = new NetworkStream(pair.Peer);
        Assert.Equal(expected, await peer.ReadToEndAsync());
    });

    [EngineFact]
    public Task Many_small_writes_and_then_the_end_arrive_in_order() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        Task<byte[]> reading = pair.Server.ReadToEndAsync();
        var expected = new MemoryStream();
        for (int i = 0; i < 5_000; i++)
        {
            byte[] piece = Payload.Make(1 + i % 37, i);
            expected.Write(piece);
            await pair.Client.WriteAsync(piece);
        }

        pair.Client.CompleteWrites();
        Assert.Equal(expected.ToArray(), await reading);
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Adaptive)]
    [InlineData(ZeroCopyPolicy.Always)]
    public Task Some_megabytes_go_both_ways_at_once(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        byte[] fromClient = Payload.Make(5_000_001, 1);
        byte[] fromServer = Payload.Make(3_000_001, 2);
        Task<byte[]> atServer = pair.Server.ReadToEndAsync();
        Task<byte[]> atClient = pair.Client.ReadToEndAsync();

        await Task.WhenAll(pair.Client.WriteAsync(fromClient).AsTask(), pair.Server.WriteAsync(fromServer).AsTask());
        pair.Client.CompleteWrites();
        pair.Server.CompleteWrites();

        Assert.Equal(fromClient, await atServer);
        Assert.Equal(fromServer, await atClient);
    });

    [EngineFact]
    public Task A_stream_can_be_copied_from_one_connection_to_another() => OnEngine(async engine =>
    {
        await using StreamPair first = await StreamPair.ConnectAsync(engine);
        await using StreamPair second = await StreamPair.ConnectAsync(engine);
        byte[] bytes = Payload.Make(2_000_000);
        Task<byte[]> reading = second.Server.ReadToEndAsync();
        Task relaying = Task.Run(async () =>
        {
            await first.Server.CopyToAsync(second.Client);
            second.Client.CompleteWrites();
        });

        await first.Client.WriteAsync(bytes);
        first.Client.CompleteWrites();
        await relaying;
        Assert.Equal(bytes, await reading);
    });

    [EngineFact]
    public Task After_CompleteWrites_the_peer_may_still_send() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        await pair.Client.WriteAsync(Payload.Make(10));
        pair.Client.CompleteWrites();
        Assert.Equal(Payload.Make(10), await pair.Server.ReadToEndAsync());

        byte[] answer = Payload.Make(300_000, 2);
        Task<byte[]> reading = pair.Client.ReadToEndAsync();
        await pair.Server.WriteAsync(answer);
        pair.Server.CompleteWrites();
        Assert.Equal(answer, await reading);
        await Assert.ThrowsAsync<IOException>(async () => await pair.Client.WriteAsync(new byte[1]));
    });

    [EngineFact]
    public Task A_reset_is_an_IOException_around_ConnectionReset() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await using ZeroCopyStream stream = pair.Socket.AsStream();
        pair.Reset();
        var failure = await Assert.ThrowsAsync<IOException>(async () => _ = await stream.ReadAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        failure = await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    });

    [EngineFact]
    public Task A_write_cancelled_after_part_of_it_had_left_ends_the_stream() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyStream stream = pair.Socket.AsStream();
        using var cancellation = new CancellationTokenSource();
        ValueTask writing = stream.WriteAsync(new byte[16 << 20], cancellation.Token);
        Assert.False(writing.IsCompleted);
        cancellation.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing);
        await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync(new byte[1]));
        pair.Reset();
    });

    [EngineFact]
    public Task A_write_cancelled_before_it_began_leaves_the_stream_whole() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pair.Client.WriteAsync(new byte[10], new CancellationToken(true)));
        await pair.Client.WriteAsync(Payload.Make(10));
        pair.Client.CompleteWrites();
        Assert.Equal(Payload.Make(10), await pair.Server.ReadToEndAsync());
    });

    [EngineFact]
    public Task Disposing_ends_a_write_that_waits() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        ZeroCopyStream stream = pair.Socket.AsStream();
        ValueTask writing = stream.WriteAsync(new byte[16 << 20]);
        Assert.False(writing.IsCompleted);
        ValueTask disposing = stream.DisposeAsync();
        var failure = await Assert.ThrowsAsync<IOException>(async () => await writing);
        Assert.Equal(SocketError.OperationAborted, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        pair.Reset();
        await disposing;
    });

    [EngineFact]
    public Task With_every_slot_taken_writes_go_by_copy_instead_of_waiting() =>
        OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always, SmallBuffers = 0, MediumBuffers = 0, LargeBuffers = 1 }, async engine =>
        {
            await using StreamPair pair = await StreamPair.ConnectAsync(engine);
            using BufferLease last = engine.Rent(100);
            Task<byte[]> reading = pair.Server.ReadToEndAsync();
            byte[] bytes = Payload.Make(1_000_000);
            await pair.Client.WriteAsync(bytes);
            pair.Client.CompleteWrites();
            Assert.Equal(bytes, await reading);
            ZeroCopyStatistics statistics = engine.GetStatistics();
            Assert.Equal(Kind == EngineKind.IoUring ? 1 : 0, statistics.CopiedNoBuffer);
            Assert.Equal(0, statistics.ZeroCopied + statistics.KernelCopied);
        });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringStreamWriteTests() : StreamWriteTests(EngineKind.IoUring)
{
    [EngineFact]
    public Task A_write_by_zero_copy_completes_without_the_peers_acknowledgement() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyStream stream = pair.Socket.AsStream();
        byte[] bytes = Payload.Make(200_000);
        await stream.WriteAsync(bytes);
        Assert.True(engine.GetStatistics() is { InFlightBuffers: > 0, OwedNotifications: > 0, CopiedByPolicy: 0 }, $"{engine.GetStatistics()}");
        stream.CompleteWrites();
        using var peer = new NetworkStream(pair.Peer);
        Assert.Equal(bytes, await peer.ReadToEndAsync());
    });

    [EngineFact]
    public Task Where_the_kernel_copies_anyway_writes_are_not_copied_twice() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        Task<byte[]> reading = pair.Server.ReadToEndAsync();
        await pair.Client.WriteAsync(new byte[65_536]);
        await Eventually.TrueAsync(() => engine.GetStatistics() is { KernelCopied: 1, OwedNotifications: 0 }, () => $"{engine.GetStatistics()}");

        using BufferLease nothingElse = engine.Rent(1);
        await pair.Client.WriteAsync(new byte[1 << 20]);
        pair.Client.CompleteWrites();
        Assert.Equal(65_536 + (1 << 20), (await reading).Length);
        Assert.True(engine.GetStatistics() is { KernelCopied: 1, CopiedAsKernelCopies: 1 }, $"{engine.GetStatistics()}");
    });
}

/// <summary>On the portable engine.</summary>
public sealed class PortableStreamWriteTests() : StreamWriteTests(EngineKind.Portable);
