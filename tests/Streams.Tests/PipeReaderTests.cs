using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>The reading side of the pipe view.</summary>
public abstract class PipeReaderTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task What_was_examined_but_not_consumed_comes_again_with_more() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Server.AsPipe();
        await pair.Client.SendAndRecycleAsync(Payload.Make(100));
        ReadResult first = await pipe.Input.ReadAtLeastAsync(100);
        pipe.Input.AdvanceTo(first.Buffer.GetPosition(30), first.Buffer.End);

        ValueTask<ReadResult> waiting = pipe.Input.ReadAsync();
        Assert.False(waiting.IsCompleted);
        await pair.Client.SendAndRecycleAsync(Payload.Make(1, 2));
        ReadResult second = await waiting;
        byte[] expected = [.. Payload.Make(100)[30..], .. Payload.Make(1, 2)];
        Assert.Equal(expected, second.Buffer.ToArray());
        pipe.Input.AdvanceTo(second.Buffer.End);

        pair.Client.Shutdown(SocketShutdown.Send);
        ReadResult last = await pipe.Input.ReadAsync();
        Assert.True(last is { IsCompleted: true, Buffer.IsEmpty: true });
    });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Disposing_ends_a_read_that_waits_before_its_memory_goes_back(bool leaveOpen) => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        ZeroCopyDuplexPipe pipe = pair.Server.AsPipe(leaveOpen);
        Task<ReadResult> waiting = pipe.Input.ReadAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        await pipe.DisposeAsync();
        await waiting.ContinueWith(_ => { }, TaskScheduler.Default);
        if (leaveOpen)
        {
            // A read left behind with the kernel would take these, into memory that is somebody else's by now.
            await pair.Client.SendAndRecycleAsync(Payload.Make(10));
            Assert.Equal(Payload.Make(10), await pair.Server.ReadExactlyAsync(10));
        }
    });

    [EngineFact]
    public Task A_cancelled_read_loses_no_data() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Server.AsPipe();
        byte[] expected = Payload.Make(400);
        using var got = new MemoryStream();
        for (int i = 0; i < 200; i++)
        {
            ValueTask<ReadResult> reading = pipe.Input.ReadAsync();
            Task canceling = Task.Run(pipe.Input.CancelPendingRead);
            await pair.Client.SendAndRecycleAsync(expected.AsMemory(i * 2, 2));
            await canceling;
            Take(await reading);
        }

        pair.Client.Shutdown(SocketShutdown.Send);
        while (Take(await pipe.Input.ReadAsync()))
        {
        }

        Assert.Equal(expected, got.ToArray());

        bool Take(ReadResult result)
        {
            foreach (ReadOnlyMemory<byte> piece in result.Buffer)
            {
                got.Write(piece.Span);
            }

            pipe.Input.AdvanceTo(result.Buffer.End);
            return !result.IsCompleted;
        }
    });

    [EngineFact]
    public Task A_reset_is_an_IOException() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe pipe = pair.Socket.AsPipe();
        ValueTask<ReadResult> reading = pipe.Input.ReadAsync();
        pair.Reset();
        Assert.IsType<SocketException>((await Assert.ThrowsAsync<IOException>(async () => await reading)).InnerException);
    });

    [EngineFact]
    public Task A_socket_left_open_outlives_its_pipe() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        ZeroCopyDuplexPipe pipe = pair.Client.AsPipe(leaveOpen: true);
        await pipe.Output.WriteAsync(Payload.Make(10));
        await pipe.DisposeAsync();
        byte[] expected = Payload.Make(10);
        Assert.Equal(expected, await pair.Server.ReadExactlyAsync(10));
        await pair.Server.SendAndRecycleAsync(expected);
        Assert.Equal(expected, await pair.Client.ReadExactlyAsync(10));
    });

    [EngineFact]
    public Task Bytes_go_round_between_two_pipes() => OnEngine(new ZeroCopyOptions { LoopCount = 1 }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        await using ZeroCopyDuplexPipe client = pair.Client.AsPipe();
        await using ZeroCopyDuplexPipe server = pair.Server.AsPipe();
        byte[] bytes = Payload.Make(4_000_000);
        Task echoing = pair.Server.Loop.RunAsync(async () =>
        {
            await server.Input.CopyToAsync(server.Output);
            await server.Output.CompleteAsync();
        });
        Task<byte[]> reading = client.Input.AsStream(leaveOpen: true).ReadToEndAsync();
        await client.Output.WriteAsync(bytes);
        await client.Output.CompleteAsync();
        await echoing;
        Assert.Equal(bytes, await reading);
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringPipeReaderTests() : PipeReaderTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortablePipeReaderTests() : PipeReaderTests(EngineKind.Portable);
