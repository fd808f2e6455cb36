using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Peers that misbehave or vanish, and sockets that are used after their end.</summary>
public abstract class TcpFaultTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(30)]
    public Task A_stream_that_ends_inside_a_message_is_an_error_that_says_how_much_is_missing(int bytes) => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(new byte[bytes]);
        pair.Peer.Shutdown(SocketShutdown.Send);

        MessageReceiver<Tick.View> receiver = pair.Socket.ReceiveTicksAsync();
        for (int whole = 0; whole < bytes / Tick.WireSize; whole++)
        {
            Assert.True(await receiver.MoveNextAsync());
        }

        var failure = await Assert.ThrowsAsync<WireFormatException>(async () => await receiver.MoveNextAsync());
        Assert.Equal(ParseStatus.NeedMore(Tick.WireSize - bytes % Tick.WireSize), failure.Status);
    });

    [EngineFact]
    public Task Bytes_that_cannot_be_the_message_are_an_error_that_names_the_field() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        byte[] hostile = new byte[Tick.WireSize];
        hostile[^1] = 2; // IsLast: neither false nor true.
        await pair.Peer.SendAsync(hostile);

        var failure = await Assert.ThrowsAsync<WireFormatException>(async () =>
        {
            await foreach (Tick.View tick in pair.Socket.ReceiveTicksAsync())
            {
                Assert.Fail($"A message was made of it: {tick.Sequence}.");
            }
        });
        Assert.Equal(ParseResult.Invalid, failure.Status.Result);
        Assert.Equal(nameof(Tick.IsLast), failure.Status.Field);
    });

    [EngineFact]
    public Task A_stream_that_ends_between_messages_ends_the_enumeration() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        await pair.Peer.SendAsync(new byte[2 * Tick.WireSize]);
        pair.Peer.Shutdown(SocketShutdown.Send);
        int seen = 0;
        await foreach (Tick.View _ in pair.Socket.ReceiveTicksAsync())
        {
            seen++;
        }

        Assert.Equal(2, seen);
        Assert.Equal(0, await pair.Socket.ReceiveAsync(new byte[1]));
    });

    [EngineFact]
    public Task A_reset_fails_the_receive_that_waits() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        ValueTask<int> receiving = pair.Socket.ReceiveAsync(new byte[100]);
        pair.Reset();
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(async () => await receiving)).SocketErrorCode);
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task A_reset_fails_the_sends_and_every_buffer_returns(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        using BufferLease lease = engine.Rent(65_536);
        lease.Edit().Clear();
        Task<SendReceipt>[] sends = [.. Enumerable.Range(0, 200).Select(_ => pair.Socket.SendZeroCopyAsync(lease).AsTask())];
        Assert.Contains(sends, send => !send.IsCompleted);

        pair.Reset();

        foreach (Task<SendReceipt> send in sends)
        {
            try
            {
                await (await send).Recycled;
            }
            catch (SocketException e)
            {
                Assert.Contains(e.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.ConnectionAborted });
            }
        }

        var failure = await Assert.ThrowsAsync<SocketException>(async () => await pair.Socket.SendZeroCopyAsync(new Tick()));
        Assert.Contains(failure.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.ConnectionAborted });
        await Eventually.TrueAsync(() => !lease.IsInFlight, () => "The lease is still in flight.");
        lease.Edit().Clear();
    });

    [EngineFact]
    public Task A_reset_fails_later_sends_with_ConnectionReset() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        pair.Reset();
        for (int i = 0; i < 3; i++)
        {
            var failure = await Assert.ThrowsAsync<SocketException>(async () => await pair.Socket.SendZeroCopyAsync(new Tick()));
            Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
            failure = await Assert.ThrowsAsync<SocketException>(async () => await pair.Socket.SendAndRecycleAsync(new Tick()));
            Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        }
    });

    [EngineFact]
    public Task Nobody_listening_is_ConnectionRefused() => OnEngine(async engine =>
    {
        EndPoint nobody;
        await using (ZeroCopyListener listener = engine.Listen(Loopback.AnyPort))
        {
            nobody = listener.LocalEndPoint;
        }

        for (int i = 0; i < 3; i++)
        {
            var failure = await Assert.ThrowsAsync<SocketException>(async () => await engine.ConnectAsync(nobody));
            Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
        }
    });

    [EngineFact]
    public Task An_address_in_use_or_of_somebody_else_is_refused_by_name() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => engine.Listen(listener.LocalEndPoint)).SocketErrorCode);
        var elsewhere = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0);
        Assert.Equal(SocketError.AddressNotAvailable, Assert.Throws<SocketException>(() => engine.Listen(elsewhere)).SocketErrorCode);
    });

    [EngineFact]
    public Task Disposing_ends_the_receive_that_waits_with_OperationAborted() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        ValueTask<int> receiving = pair.Client.ReceiveAsync(new byte[100]);
        await pair.Client.DisposeAsync();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(async () => await receiving)).SocketErrorCode);
    });

    [EngineTheory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Disposing_or_aborting_ends_the_sends_that_wait_with_OperationAborted(bool abort) => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        Task<SendReceipt> stalled = pair.Socket.SendZeroCopyAsync(new byte[16 << 20]).AsTask();
        Task<SendReceipt>[] queued = [.. Enumerable.Range(0, 50).Select(_ => pair.Socket.SendZeroCopyAsync(new Tick()).AsTask())];
        Assert.False(stalled.IsCompleted);

        Task closing = abort ? pair.Socket.AbortAsync() : pair.Socket.DisposeAsync().AsTask();
        foreach (Task<SendReceipt> send in queued.Prepend(stalled))
        {
            Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => send)).SocketErrorCode);
        }

        pair.Reset();
        await closing;
    });

    [EngineFact]
    public Task Disposing_the_listener_ends_the_accept_that_waits_with_OperationAborted() => OnEngine(async engine =>
    {
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Task<ZeroCopySocket> accepting = listener.AcceptAsync().AsTask();
        await listener.DisposeAsync();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => accepting)).SocketErrorCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await listener.AcceptAsync());
    });

    [EngineFact]
    public Task A_disposed_socket_says_so_to_every_use() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using BufferLease lease = engine.Rent(100);
        await pair.Client.DisposeAsync();
        await pair.Client.DisposeAsync();
        pair.Client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.SendZeroCopyAsync(new Tick()));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.SendZeroCopyAsync(lease));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.SendZeroCopyAsync(new byte[10]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.SendAndRecycleAsync(new Tick()));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.ReceiveAsync(new byte[10]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.ReceiveTicksAsync().MoveNextAsync());
        Assert.Throws<ObjectDisposedException>(() => pair.Client.Shutdown(SocketShutdown.Both));

        // A lease outlives a connection.
        lease.Edit()[0] = 1;
        await pair.Server.DisposeAsync();
    });

    [EngineFact]
    public Task A_disposed_lease_says_so_to_every_use_even_when_its_slot_has_a_new_tenant() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        BufferLease stale = engine.Rent(100);
        stale.Dispose();
        using BufferLease tenant = engine.Rent(100);
        tenant.Edit().Fill(5);

        Assert.Throws<ObjectDisposedException>(() => { stale.Edit(); });
        Assert.Throws<ObjectDisposedException>(() => { stale.Read(); });
        Assert.Throws<ObjectDisposedException>(() => { _ = stale.IsInFlight; });
        Assert.Throws<ObjectDisposedException>(stale.Dispose);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Client.SendZeroCopyAsync(stale));
        Assert.Throws<ObjectDisposedException>(() => { default(BufferLease).Edit(); });

        await pair.Client.SendAndRecycleAsync(tenant);
        Assert.Equal(Enumerable.Repeat((byte)5, 100), await pair.Server.ReadExactlyAsync(100));
    });

    [EngineFact]
    public Task A_receipt_outlives_its_send_and_says_recycled_for_ever() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        var receipts = new List<SendReceipt>();
        for (int i = 0; i < 500; i++)
        {
            receipts.Add(await pair.Client.SendZeroCopyAsync(new Tick()));
            await pair.Server.ReadExactlyAsync(Tick.WireSize);
        }

        foreach (SendReceipt receipt in receipts)
        {
            await receipt.Recycled;
            await receipt.Recycled;
            Assert.True(receipt.IsRecycled);
        }
    });

    [EngineFact]
    public Task A_result_that_was_waited_for_is_taken_once() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        byte[] more = new byte[16 << 20];
        ValueTask<SendReceipt> send = pair.Socket.SendZeroCopyAsync(more);
        Assert.False(send.IsCompleted);
        await pair.ReadPeerAsync(more.Length);
        await send;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await send);
    });

    [EngineFact]
    public Task A_linger_time_holds_up_the_dispose_and_not_the_loop() => OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Never }, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        pair.Socket.LingerState = new LingerOption(true, 100);
        Task<SendReceipt> sending = pair.Socket.SendZeroCopyAsync(new byte[16 << 20]).AsTask();
        Assert.False(sending.IsCompleted);
        ZeroCopyLoop loop = pair.Socket.Loop;
        Task closing = await loop.RunAsync(() => Task.FromResult(pair.Socket.DisposeAsync().AsTask()));
        await Assert.ThrowsAsync<SocketException>(() => sending);

        // The peer reads nothing: closing the descriptor waits until there is nobody to read.
        await Eventually.TrueAsync(() => pair.Socket.Core.Handle.Socket.SafeHandle.IsClosed, () => "The descriptor is not being closed.");
        await loop.RunAsync(() => Task.CompletedTask);
        Assert.False(closing.IsCompleted);
        pair.Reset();
        await closing;
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringTcpFaultTests() : TcpFaultTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableTcpFaultTests() : TcpFaultTests(EngineKind.Portable);
