using System.Net.Sockets;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>Reads over the stream view, with and without a buffer, and the stream's life.</summary>
public abstract class StreamReadTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task A_cancelled_read_loses_no_data() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        byte[] expected = Payload.Make(2_000);
        var got = new MemoryStream();
        var buffer = new byte[64];
        for (int i = 0; i < 500; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<int> reading = pair.Server.ReadAsync(buffer, cancellation.Token);
            Task canceling = Task.Run(cancellation.Cancel);
            await pair.Client.WriteAsync(expected.AsMemory(i * 4, 4));
            await canceling;
            try
            {
                got.Write(buffer, 0, await reading);
            }
            catch (OperationCanceledException)
            {
            }
        }

        pair.Client.CompleteWrites();
        got.Write(await pair.Server.ReadToEndAsync());
        Assert.Equal(expected, got.ToArray());
    });

    [EngineFact]
    public Task An_empty_read_waits_for_data_and_takes_none() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        ValueTask<int> waiting = pair.Server.ReadAsync(Memory<byte>.Empty);
        Assert.False(waiting.IsCompleted);
        await pair.Client.WriteAsync(Payload.Make(3));
        Assert.Equal(0, await waiting);
        Assert.Equal(0, await pair.Server.ReadAsync(Memory<byte>.Empty));
        Assert.Equal(Payload.Make(3), await pair.Server.ReadAsync(3));
    });

    [EngineFact]
    public Task An_empty_read_on_a_loop_waits_for_data_too() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        Task<byte[]> reading = pair.Server.Socket.Loop.RunAsync(async () =>
        {
            Assert.Equal(0, await pair.Server.ReadAsync(Memory<byte>.Empty));
            Assert.Equal(0, await pair.Server.ReadAsync(Memory<byte>.Empty));
            return await pair.Server.ReadAsync(3);
        });
        await pair.Client.WriteAsync(Payload.Make(3));
        Assert.Equal(Payload.Make(3), await reading);
    });

    [EngineFact]
    public Task An_empty_read_ends_with_the_peers_end() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        ValueTask<int> waiting = pair.Server.ReadAsync(Memory<byte>.Empty);
        pair.Client.CompleteWrites();
        Assert.Equal(0, await waiting);
        Assert.Equal(0, await pair.Server.ReadAsync(new byte[1]));
    });

    [EngineFact]
    public Task An_empty_read_can_be_cancelled_and_read_on_after() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        using var cancellation = new CancellationTokenSource();
        ValueTask<int> waiting = pair.Server.ReadAsync(Memory<byte>.Empty, cancellation.Token);
        cancellation.Cancel();
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        await pair.Client.WriteAsync(Payload.Make(3));
        Assert.Equal(Payload.Make(3), await pair.Server.ReadAsync(3));
    });

    [EngineTheory]
    [InlineData(0)]
    [InlineData(100)]
    public Task Disposing_ends_a_read_that_waits(int length) => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        ValueTask<int> reading = pair.Server.ReadAsync(new byte[length]);
        Assert.False(reading.IsCompleted);
        await pair.Server.DisposeAsync();
        var failure = await Assert.ThrowsAsync<IOException>(async () => await reading);
        Assert.Equal(SocketError.OperationAborted, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    });

    [EngineFact]
    public Task A_disposed_stream_says_so_to_every_use() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        ZeroCopyStream stream = pair.Client;
        Assert.True(stream is { CanRead: true, CanWrite: true, CanTimeout: true, CanSeek: false });
        await stream.DisposeAsync();
        stream.Dispose();

        Assert.True(stream is { CanRead: false, CanWrite: false });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => _ = await stream.ReadAsync(new byte[1]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => _ = await stream.ReadAsync(Memory<byte>.Empty));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.WriteAsync(new byte[1]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.FlushAsync());
        Assert.Throws<ObjectDisposedException>(() => stream.Read(new byte[1], 0, 1));
        Assert.Throws<ObjectDisposedException>(() => stream.Write(new byte[1], 0, 1));
        Assert.Throws<ObjectDisposedException>(stream.Flush);
        Assert.Throws<ObjectDisposedException>(stream.CompleteWrites);
        Assert.Throws<ObjectDisposedException>(() => stream.Socket.Shutdown(SocketShutdown.Both));
    });

    [EngineFact]
    public Task An_empty_read_finds_what_leased_receives_have_queued() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await pair.Client.SendAndRecycleAsync(Payload.Make(5));
        (await pair.Server.ReceiveLeasedAsync()).Dispose();
        await pair.Client.SendAndRecycleAsync(Payload.Make(5, 2));
        await using ZeroCopyStream stream = pair.Server.AsStream(leaveOpen: true);
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        var bytes = new byte[5];
        await stream.ReadExactlyAsync(bytes);
        Assert.Equal(Payload.Make(5, 2), bytes);

        Task<int> waiting = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(waiting.IsCompleted);
        await pair.Client.SendAndRecycleAsync(Payload.Make(1, 3));
        Assert.Equal(0, await waiting);
        Assert.Equal(1, await stream.ReadAsync(bytes));
    });

    [EngineFact]
    public Task A_socket_left_open_outlives_its_stream() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using (ZeroCopyStream stream = pair.Client.AsStream(leaveOpen: true))
        {
            await stream.WriteAsync(Payload.Make(5));
        }

        await pair.Client.SendAndRecycleAsync(Payload.Make(5, 2));
        byte[] expected = [.. Payload.Make(5), .. Payload.Make(5, 2)];
        Assert.Equal(expected, await pair.Server.ReadExactlyAsync(10));
    });

    [EngineFact]
    public Task Reading_goes_on_while_the_old_asynchronous_pattern_writes() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        var buffer = new byte[10];
        Task<int> reading = Task.Factory.FromAsync(pair.Client.BeginRead, pair.Client.EndRead, buffer, 0, 10, null);
        await Task.Factory.FromAsync(pair.Client.BeginWrite, pair.Client.EndWrite, Payload.Make(10), 0, 10, null);
        Assert.Equal(Payload.Make(10), await pair.Server.ReadAsync(10));
        await pair.Server.WriteAsync(Payload.Make(1));
        Assert.Equal(1, await reading);
    });

    [EngineFact]
    public Task What_a_connection_cannot_do_is_NotSupported() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        Assert.Throws<NotSupportedException>(() => pair.Client.Length);
        Assert.Throws<NotSupportedException>(() => pair.Client.Position);
        Assert.Throws<NotSupportedException>(() => pair.Client.Position = 1);
        Assert.Throws<NotSupportedException>(() => pair.Client.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => pair.Client.SetLength(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.ReadTimeout = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.WriteTimeout = -2);
        Assert.Throws<ArgumentNullException>(() => pair.Client.Read(null!, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Write(new byte[1], 0, 2));
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringStreamReadTests() : StreamReadTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableStreamReadTests() : StreamReadTests(EngineKind.Portable);
