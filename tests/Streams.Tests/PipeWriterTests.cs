using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>The writing side of the pipe view: registered memory, the brake, cancellation, ends.</summary>
public abstract class PipeWriterTests(EngineKind kind) : EngineSuite(kind)
{
    private static readonly byte[] s_much = Payload.Make(16 << 20);

    [EngineFact]
    public Task What_is_written_in_pieces_arrives_whole_and_in_order() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        Task<byte[]> reading = pair.Server.AsStream().ReadToEndAsync();
        byte[] bytes = Payload.Make(2_000_000);
        int written = 0;
        for (int i = 0; written < bytes.Length; i++)
        {
            int length = Math.Min(bytes.Length - written, i * 977 % 150_000);
            pipe.Output.Write(bytes.AsSpan(written, length));
            written += length;
            if (i % 3 == 0)
            {
                FlushResult flushed = await pipe.Output.FlushAsync();
                Assert.False(flushed.IsCanceled || flushed.IsCompleted);
                Assert.Equal(0, pipe.Output.UnflushedBytes);
            }
        }

        await pipe.Output.CompleteAsync();
        Assert.Equal(bytes, await reading);
    });

    [EngineTheory]
    [InlineData(1)]
    [InlineData(4097)]
    [InlineData(65_536)]
    [InlineData(500_000)]
    public Task As_much_memory_as_asked_for_is_given_in_one_piece(int hint) => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        byte[] expected = Payload.Make(10 + hint);
        expected.AsSpan(0, 10).CopyTo(pipe.Output.GetSpan());
        pipe.Output.Advance(10);
        Memory<byte> memory = pipe.Output.GetMemory(hint);
        Assert.True(memory.Length >= hint);
        expected.AsSpan(10).CopyTo(memory.Span);
        pipe.Output.Advance(hint);
        Assert.Equal(10 + hint, pipe.Output.UnflushedBytes);
        await pipe.Output.FlushAsync();
        Assert.Equal(expected, await pair.Server.ReadExactlyAsync(expected.Length));
    });

    [EngineFact]
    public Task A_flush_waits_while_the_peer_does_not_read() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        ValueTask<FlushResult> flushing = pipe.Output.WriteAsync(s_much);
        Assert.False(flushing.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Output.FlushAsync());
        Task<byte[]> reading = new NetworkStream(pair.Peer).ReadToEndAsync();
        Assert.False((await flushing).IsCanceled);
        await pipe.Output.CompleteAsync();
        Assert.Equal(s_much, await reading);
    });

    [EngineTheory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_cancelled_flush_ends_the_wait_and_tears_nothing(bool byToken) => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        for (int i = 0; i < 2; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<FlushResult> flushing = pipe.Output.WriteAsync(s_much, cancellation.Token);
            Assert.False(flushing.IsCompleted);
            if (byToken)
            {
                cancellation.Cancel();
                var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await flushing);
                Assert.Equal(cancellation.Token, canceled.CancellationToken);
            }
            else
            {
                pipe.Output.CancelPendingFlush();
                Assert.True((await flushing).IsCanceled);
            }
        }

        Task<byte[]> reading = new NetworkStream(pair.Peer).ReadToEndAsync();
        Assert.False((await pipe.Output.FlushAsync()).IsCanceled);
        await pipe.Output.CompleteAsync();
        byte[] got = await reading;
        Assert.Equal(2 * s_much.Length, got.Length);
        for (int i = 0; i < 2; i++)
        {
            Assert.True(got.AsSpan(i * s_much.Length, s_much.Length).SequenceEqual(s_much));
        }
    });

    [EngineFact]
    public Task Flushes_cancelled_at_any_moment_from_elsewhere_lose_and_repeat_nothing() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        Task<byte[]> reading = pair.Server.AsStream().ReadToEndAsync();
        byte[] expected = Payload.Make(400 * 30_000);
        for (int i = 0; i < 400; i++)
        {
            using var cancellation = new CancellationTokenSource();
            pipe.Output.Write(expected.AsSpan(i * 30_000, 30_000));
            Task canceling = Task.Run(i % 2 == 0 ? pipe.Output.CancelPendingFlush : cancellation.Cancel);
            try
            {
                await pipe.Output.FlushAsync(cancellation.Token);
            }
            catch (OperationCanceledException)
            {
            }

            await canceling;
        }

        await pipe.Output.CompleteAsync();
        Assert.Equal(expected, await reading);
    });

    [EngineFact]
    public Task A_flush_cancelled_ahead_sends_what_was_written_all_the_same() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        pipe.Output.CancelPendingFlush();
        Assert.True((await pipe.Output.WriteAsync(Payload.Make(100))).IsCanceled);
        Assert.Equal(Payload.Make(100), await pair.Server.ReadExactlyAsync(100));
        Assert.False((await pipe.Output.FlushAsync()).IsCanceled);
    });

    [EngineFact]
    public Task Complete_sends_the_rest_and_the_end_while_the_peer_still_sends() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        ZeroCopyStream server = pair.Server.AsStream();
        ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        Task<byte[]> reading = server.ReadToEndAsync();
        pipe.Output.Write(s_much);
        pipe.Output.Complete();
        pipe.Output.Complete();
        Assert.Equal(s_much, await reading);

        Task<byte[]> readingBack = pipe.Input.AsStream(leaveOpen: true).ReadToEndAsync();
        await server.WriteAsync(s_much);
        server.CompleteWrites();
        Assert.Equal(s_much, await readingBack);

        // With the second side complete the connection is closed.
        await pipe.Input.CompleteAsync();
        Assert.Throws<ObjectDisposedException>(() => pair.Client.LocalEndPoint);
    });

    [EngineFact]
    public Task Completing_with_an_error_resets_the_connection_instead_of_ending_it() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        pipe.Output.Write(Payload.Make(100));
        await pipe.Output.CompleteAsync(new InvalidDataException("half a message"));
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await pair.Peer.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    });

    [EngineFact]
    public Task A_reset_fails_the_flush_that_waits_and_those_after_it() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        ValueTask<FlushResult> flushing = pipe.Output.WriteAsync(s_much);
        pair.Reset();
        Assert.IsType<SocketException>((await Assert.ThrowsAsync<IOException>(async () => await flushing)).InnerException);
        await Assert.ThrowsAsync<IOException>(async () => await pipe.Output.WriteAsync(new byte[100_000]));
        await pipe.Output.CompleteAsync();
    });

    [EngineFact]
    public Task CompleteAsync_tells_of_bytes_that_could_not_be_sent() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        pipe.Output.Write(s_much);
        ValueTask completing = pipe.Output.CompleteAsync();
        pair.Reset();
        Assert.IsType<SocketException>((await Assert.ThrowsAsync<IOException>(async () => await completing)).InnerException);
    });

    [EngineFact]
    public Task Disposing_does_not_wait_for_a_peer_that_does_not_read() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        ValueTask<FlushResult> flushing = pipe.Output.WriteAsync(s_much);
        pipe.Output.Write(Payload.Make(100));
        ValueTask disposing = pipe.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await flushing);
        pair.Reset();
        await disposing;
    });

    [EngineFact]
    public Task Memory_kept_from_before_a_flush_cannot_be_written() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        Memory<byte> memory = pipe.Output.GetMemory();
        pipe.Output.Advance(10);
        await pipe.Output.FlushAsync();
        Assert.Throws<ObjectDisposedException>(() => memory.Span.Clear());
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(1));
    });

    [EngineFact]
    public Task With_every_slot_taken_arrays_carry_it() =>
        OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always, SmallBuffers = 0, MediumBuffers = 0, LargeBuffers = 1 }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            using BufferLease last = engine.Rent(1);
            await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
            Task<byte[]> reading = pair.Server.AsStream().ReadToEndAsync();
            await pipe.Output.WriteAsync(s_much.AsMemory(0, 1_000_000));
            await pipe.Output.CompleteAsync();
            Assert.Equal(s_much[..1_000_000], await reading);
            Assert.True(engine.GetStatistics().CopiedNoBuffer > 0);
        });

    [EngineFact]
    public Task Misuse_throws_what_a_pipe_throws() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.GetMemory(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Output.Advance(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipe.Output.FlushAsync(new CancellationToken(true)));
        ValueTask<FlushResult> flush = pipe.Output.FlushAsync();
        await flush;
        await pipe.Output.CompleteAsync();
        Assert.Throws<InvalidOperationException>(() => pipe.Output.GetMemory());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Output.FlushAsync());
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringPipeWriterTests() : PipeWriterTests(EngineKind.IoUring)
{
    [EngineFact]
    public Task What_is_written_lands_in_registered_memory_and_is_sent_from_there() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        byte[] bytes = Payload.Make(200_000);
        pipe.Output.Write(bytes);
        Assert.True(engine.GetStatistics().LeasedBuffers >= 4, $"{engine.GetStatistics()}");
        await pipe.Output.FlushAsync();

        // Nothing was read: the kernel holds the very slots it was written to, and owes them past the half-close.
        pipe.Output.Complete();
        Assert.True(engine.GetStatistics() is { LeasedBuffers: 0, InFlightBuffers: >= 3, CopiedByPolicy: 0 }, $"{engine.GetStatistics()}");
        Assert.Equal(bytes, await new NetworkStream(pair.Peer).ReadToEndAsync());
    });
}

/// <summary>On the portable engine.</summary>
public sealed class PortablePipeWriterTests() : PipeWriterTests(EngineKind.Portable);
