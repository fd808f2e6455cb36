using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Handlers that a listener runs: where they run, how they end, and whom their failure concerns.</summary>
public abstract class ServeTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task A_handler_stays_on_its_sockets_loop_whatever_it_awaits() => OnEngine(new ZeroCopyOptions { LoopCount = 3 }, engine => ServingAsync(engine, async socket =>
    {
        AssertAtHome("the start");
        await Task.Yield();
        AssertAtHome("Task.Yield");
        await Task.Delay(1);
        AssertAtHome("Task.Delay");
        await Task.Run(() => Assert.Null(ZeroCopyLoop.Current));
        AssertAtHome("Task.Run");
        MessageReceiver<Tick.View> ticks = socket.ReceiveTicksAsync();
        Assert.True(await ticks.MoveNextAsync());
        AssertAtHome("a receive");
        SendReceipt receipt = await socket.SendZeroCopyAsync(new Tick { Sequence = ticks.Current.Sequence + 1 });
        AssertAtHome("a send");
        await receipt.Recycled;
        AssertAtHome("Recycled");
        await socket.SendAndRecycleAsync(Block.Number(1));
        AssertAtHome("SendAndRecycleAsync");
        using (await socket.RentAsync(100))
        {
            AssertAtHome("RentAsync");
        }

        void AssertAtHome(string after) => Assert.True(ReferenceEquals(socket.Loop, ZeroCopyLoop.Current), $"Not on the socket's loop after {after}.");
    }, async listener =>
    {
        for (int i = 0; i < 6; i++)
        {
            await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
            await client.SendZeroCopyAsync(new Tick { Sequence = 10 });
            byte[] answer = await client.ReadExactlyAsync(Tick.WireSize + Block.WireSize);
            Assert.Equal(11, answer[7]);
            Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
        }
    }));

    [EngineFact]
    public Task A_handler_that_throws_resets_its_own_connection_and_no_other() => OnEngine(async engine =>
    {
        var errors = new ConcurrentQueue<(EndPoint Peer, Exception Error)>();
        await ServingAsync(
            engine,
            EchoUnlessZeroAsync,
            async listener =>
            {
                await using ZeroCopySocket good = await engine.ConnectAsync(listener.LocalEndPoint);
                await using ZeroCopySocket bad = await engine.ConnectAsync(listener.LocalEndPoint);
                await EchoedAsync(good, 1);
                await bad.SendZeroCopyAsync(new Tick { Sequence = 0 });
                var reset = await Assert.ThrowsAsync<SocketException>(async () => await bad.ReceiveAsync(new byte[1]));
                Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
                Assert.True(errors.TryDequeue(out (EndPoint Peer, Exception Error) told));
                Assert.Equal((bad.LocalEndPoint, "zero"), (told.Peer, told.Error.Message));
                await EchoedAsync(good, 2);
                await using ZeroCopySocket next = await engine.ConnectAsync(listener.LocalEndPoint);
                await EchoedAsync(next, 3);
            },
            (socket, error) => errors.Enqueue((socket.RemoteEndPoint, error)));
        Assert.Empty(errors);
    });

    [EngineFact]
    public Task An_error_callback_that_throws_does_not_leave_the_connection_open_and_fails_serving_at_its_end() => OnEngine(async engine =>
    {
        Task serving = ServingAsync(
            engine,
            EchoUnlessZeroAsync,
            async listener =>
            {
                await using ZeroCopySocket bad = await engine.ConnectAsync(listener.LocalEndPoint);
                await bad.SendZeroCopyAsync(new Tick { Sequence = 0 });
                await Assert.ThrowsAsync<SocketException>(async () => await bad.ReceiveAsync(new byte[1]));
                await using ZeroCopySocket good = await engine.ConnectAsync(listener.LocalEndPoint);
                await EchoedAsync(good, 1);
            },
            (_, _) => throw new NotSupportedException("The log is full."));
        await Assert.ThrowsAsync<NotSupportedException>(() => serving);
    });

    [EngineFact]
    public Task Cancelling_stops_accepting_and_waits_for_the_handlers() => OnEngine(async engine =>
    {
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        using var cancellation = new CancellationTokenSource();
        Task serving = listener.ServeAsync(EchoUnlessZeroAsync, cancellationToken: cancellation.Token);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await EchoedAsync(client, 1);

        cancellation.Cancel();
        await EchoedAsync(client, 2);
        Assert.False(serving.IsCompleted);

        client.Shutdown(SocketShutdown.Send);
        await serving;
        await listener.DisposeAsync();
    });

    [EngineFact]
    public Task A_handler_that_takes_the_token_ends_when_accepting_is_to_stop() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        using var cancellation = new CancellationTokenSource();
        var errors = new ConcurrentQueue<Exception>();
        Task serving = listener.ServeAsync(
            async (socket, stop) =>
            {
                Assert.Equal(cancellation.Token, stop);
                await socket.SendZeroCopyAsync(new Tick());
                await socket.ReceiveAsync(new byte[1], stop);
            },
            (_, error) => errors.Enqueue(error),
            cancellation.Token);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await client.ReadExactlyAsync(Tick.WireSize);
        cancellation.Cancel();
        await serving;
        Assert.IsAssignableFrom<OperationCanceledException>(Assert.Single(errors));
    });

    [EngineFact]
    public Task Disposing_the_listener_ends_serving_after_the_handlers() => OnEngine(async engine =>
    {
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Task serving = listener.ServeAsync(EchoUnlessZeroAsync);
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await EchoedAsync(client, 1);

        await listener.DisposeAsync();
        await EchoedAsync(client, 2);
        client.Shutdown(SocketShutdown.Send);
        await serving;
        var refused = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync((IPEndPoint)client.RemoteEndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    });

    [EngineFact]
    public Task Disposing_the_engine_ends_serving() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Kind });
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Task serving = listener.ServeAsync(EchoUnlessZeroAsync);
        ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await EchoedAsync(client, 1);
        await engine.DisposeAsync();
        await serving;
        Books.AssertNothingLost(engine);
    });

    /// <summary>Serves while the clients are at work, then stops. The first failure of a handler fails the test.</summary>
    private static async Task ServingAsync(
        ZeroCopyEngine engine, Func<ZeroCopySocket, Task> handler, Func<ZeroCopyListener, Task> clients, Action<ZeroCopySocket, Exception>? onError = null)
    {
        var failures = new ConcurrentQueue<Exception>();
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        using var cancellation = new CancellationTokenSource();
        Task serving = listener.ServeAsync(handler, onError ?? ((_, failure) => failures.Enqueue(failure)), cancellation.Token);
        try
        {
            await clients(listener);
        }
        finally
        {
            Assert.Empty(failures);
        }

        cancellation.Cancel();
        await serving;
    }

    private static async Task EchoUnlessZeroAsync(ZeroCopySocket socket)
    {
        await foreach (Tick.View tick in socket.ReceiveTicksAsync())
        {
            var answer = new Tick { Sequence = tick.Sequence };
            if (answer.Sequence == 0)
            {
                throw new FormatException("zero");
            }

            await socket.SendZeroCopyAsync(answer);
        }
    }

    private static async Task EchoedAsync(ZeroCopySocket client, ulong sequence)
    {
        await client.SendZeroCopyAsync(new Tick { Sequence = sequence });
        MessageReceiver<Tick.View> ticks = client.ReceiveTicksAsync();
        Assert.True(await ticks.MoveNextAsync());
        Assert.Equal(sequence, ticks.Current.Sequence);
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringServeTests() : ServeTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableServeTests() : ServeTests(EngineKind.Portable);
