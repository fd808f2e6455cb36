using System.Net.Sockets;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>The stream's blocking calls, for code that knows no other.</summary>
public abstract class StreamSyncTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task Blocking_reads_and_writes_carry_everything() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        byte[] bytes = Payload.Make(3_000_000);
        var got = new MemoryStream();
        var reader = new Thread(() => pair.Server.CopyTo(got));
        reader.Start();
        pair.Client.WriteByte(bytes[0]);
        pair.Client.Write(bytes.AsSpan(1, 100));
        pair.Client.Write(bytes, 101, bytes.Length - 101);
        pair.Client.Flush();
        pair.Client.CompleteWrites();
        reader.Join();
        Assert.Equal(bytes, got.ToArray());
    });

    [EngineFact]
    public Task A_read_that_timed_out_has_lost_nothing() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        pair.Server.ReadTimeout = 20;
        var failure = Assert.Throws<IOException>(() => pair.Server.ReadByte());
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);

        await pair.Client.WriteAsync(Payload.Make(3));
        pair.Server.ReadTimeout = Timeout.Infinite;
        var bytes = new byte[3];
        pair.Server.ReadExactly(bytes);
        Assert.Equal(Payload.Make(3), bytes);
    });

    [EngineFact]
    public Task A_write_that_timed_out_ends_the_stream() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using ZeroCopyStream stream = pair.Socket.AsStream();
        stream.WriteTimeout = 50;
        var failure = Assert.Throws<IOException>(() => stream.Write(new byte[16 << 20]));
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        Assert.Throws<IOException>(() => stream.Write(new byte[1]));
        pair.Reset();
    });

    [EngineFact]
    public Task On_a_loop_they_throw_instead_of_waiting_for_themselves() => OnEngine(async engine =>
    {
        await using StreamPair pair = await StreamPair.ConnectAsync(engine);
        await pair.Client.Socket.Loop.RunAsync(() =>
        {
            Assert.Throws<InvalidOperationException>(() => pair.Client.Read(new byte[1], 0, 1));
            Assert.Throws<InvalidOperationException>(() => pair.Client.Write(new byte[1], 0, 1));
            return Task.CompletedTask;
        });
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringStreamSyncTests() : StreamSyncTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableStreamSyncTests() : StreamSyncTests(EngineKind.Portable);
