using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>A token ends what waits, with an exception that carries it, and harms nothing that comes after.</summary>
public abstract class CancellationTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineFact]
    public Task A_cancelled_receive_throws_with_the_token_and_the_next_one_receives() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using var cancellation = new CancellationTokenSource();
        var buffer = new byte[100];
        ValueTask<int> receiving = pair.Server.ReceiveAsync(buffer, cancellation.Token);
        Assert.False(receiving.IsCompleted);
        cancellation.Cancel();
        await AssertCancelledAsync(receiving, cancellation.Token);

        await pair.Client.SendZeroCopyAsync(new byte[] { 1, 2, 3 });
        Assert.Equal((byte[])[1, 2, 3], await pair.Server.ReadExactlyAsync(3));
    });

    [EngineFact]
    public Task A_receive_cancelled_just_when_bytes_come_loses_none() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        var received = new List<byte>();
        var buffer = new byte[16];
        const int Rounds = 500;
        for (int i = 0; i < Rounds; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<int> receiving = pair.Server.ReceiveAsync(buffer, cancellation.Token);
            Task sending = Task.Run(() => pair.Client.SendZeroCopyAsync(new[] { (byte)i }).AsTask());
            Task cancelling = Task.Run(cancellation.Cancel);
            try
            {
                received.AddRange(buffer[..await receiving]);
            }
            catch (OperationCanceledException)
            {
            }

            await Task.WhenAll(sending, cancelling);
        }

        while (received.Count < Rounds)
        {
            received.AddRange(buffer[..await pair.Server.ReceiveAsync(buffer)]);
        }

        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => (byte)i), received);
    });

    [EngineFact]
    public Task A_cancelled_enumeration_throws_and_keeps_the_part_of_a_message_that_came() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine);
        using var cancellation = new CancellationTokenSource();
        MessageReceiver<Tick.View> receiver = pair.Socket.ReceiveTicksAsync(cancellation.Token);
        await pair.Peer.SendAsync(new byte[5]);
        ValueTask<bool> waiting = receiver.MoveNextAsync();
        await Eventually.TrueAsync(() => pair.Socket.Core.Handle.Socket.Available == 0, () => "The bytes were not taken.");
        cancellation.Cancel();
        await AssertCancelledAsync(waiting, cancellation.Token);

        await pair.Peer.SendAsync(new byte[Tick.WireSize - 5]);
        Assert.True(await receiver.GetAsyncEnumerator(new CancellationTokenSource().Token).MoveNextAsync());
    });

    [EngineFact]
    public Task A_cancelled_accept_throws_with_the_token_and_the_next_one_accepts() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        using var cancellation = new CancellationTokenSource();
        ValueTask<ZeroCopySocket> accepting = listener.AcceptAsync(cancellation.Token);
        cancellation.Cancel();
        await AssertCancelledAsync(accepting, cancellation.Token);

        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
    });

    [EngineFact]
    public Task A_cancelled_connect_throws_with_the_token() => OnEngine(async engine =>
    {
        // A backlog of one that nobody accepts from: the kernel drops what else knocks, so a connect waits.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(Loopback.AnyPort);
        full.Listen(0);
        var remote = (IPEndPoint)full.LocalEndPoint!;
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(remote);

        using var cancellation = new CancellationTokenSource();
        Task<ZeroCopySocket> connecting = engine.ConnectAsync(remote, cancellation.Token).AsTask();
        await Task.Delay(50);
        Assert.False(connecting.IsCompleted);
        cancellation.Cancel();
        await AssertCancelledAsync(new ValueTask<ZeroCopySocket>(connecting), cancellation.Token);
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task A_send_cancelled_half_way_throws_with_the_token_and_no_other_message_follows_the_torn_one(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            // Not tiny: what left is drained below, and a window of a few KiB makes the sender wait for its probe timer.
            await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 256 * 1024);
            byte[] bytes = Payload.Make(16 << 20);
            using var cancellation = new CancellationTokenSource();
            ValueTask<SendReceipt> sending = pair.Socket.SendZeroCopyAsync(bytes, cancellation.Token);
            Task<SendReceipt> behind = pair.Socket.SendZeroCopyAsync(new Tick()).AsTask();
            Assert.False(sending.IsCompleted);
            cancellation.Cancel();

            await AssertCancelledAsync(sending, cancellation.Token);
            Assert.Equal(SocketError.ConnectionAborted, (await Assert.ThrowsAsync<SocketException>(() => behind)).SocketErrorCode);
            var failure = await Assert.ThrowsAsync<SocketException>(async () => await pair.Socket.SendZeroCopyAsync(new Tick()));
            Assert.Equal(SocketError.ConnectionAborted, failure.SocketErrorCode);

            // What did leave is the beginning of the message and nothing else.
            await pair.Socket.DisposeAsync();
            using var received = new MemoryStream();
            using var stream = new NetworkStream(pair.Peer);
            await stream.CopyToAsync(received);
            Assert.InRange(received.Length, 1, bytes.Length - 1);
            Assert.Equal(bytes[..(int)received.Length], received.ToArray());
        });

    [EngineFact]
    public Task Sends_cancelled_while_they_wait_in_line_are_left_out_and_the_others_go_on() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        byte[] first = Payload.Make(16 << 20);
        Task<SendReceipt> stalled = pair.Socket.SendZeroCopyAsync(first).AsTask();
        using var cancellation = new CancellationTokenSource();
        Task<SendReceipt>[] line =
        [
            .. Enumerable.Range(0, 99).Select(i =>
                pair.Socket.SendZeroCopyAsync(new[] { (byte)i }, i % 3 == 0 ? cancellation.Token : CancellationToken.None).AsTask()),
        ];
        cancellation.Cancel();
        for (int i = 0; i < line.Length; i += 3)
        {
            await AssertCancelledAsync(new ValueTask<SendReceipt>(line[i]), cancellation.Token);
        }

        var received = new byte[first.Length + 66];
        using var stream = new NetworkStream(pair.Peer);
        await stream.ReadExactlyAsync(received);
        Assert.Equal(Enumerable.Range(0, 99).Where(i => i % 3 != 0).Select(i => (byte)i), received[first.Length..]);
        await stalled;
    });

    [EngineFact]
    public Task A_lease_whose_send_was_cancelled_in_line_may_be_written_again() => OnEngine(async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        Task<SendReceipt> stalled = pair.Socket.SendZeroCopyAsync(new byte[16 << 20]).AsTask();
        using BufferLease lease = engine.Rent(1000);
        using var cancellation = new CancellationTokenSource();
        ValueTask waiting = pair.Socket.SendAndRecycleAsync(lease, cancellation.Token);
        Assert.True(lease.IsInFlight);
        cancellation.Cancel();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        lease.Edit().Clear();

        pair.Reset();
        await Assert.ThrowsAsync<SocketException>(() => stalled);
    });

    [EngineFact]
    public Task A_cancelled_rent_throws_with_the_token_and_takes_no_buffer() => OnEngine(new ZeroCopyOptions { LargeBuffers = 1 }, async engine =>
    {
        using (engine.Rent(65_536))
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<BufferLease> renting = engine.RentAsync(65_536, cancellation.Token);
            cancellation.Cancel();
            await AssertCancelledAsync(renting, cancellation.Token);
        }

        engine.Rent(65_536).Dispose();
    });

    [EngineFact]
    public Task With_a_cancelled_token_nothing_is_begun() => OnEngine(async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using BufferLease lease = engine.Rent(10);
        var token = new CancellationToken(canceled: true);
        await AssertCancelledAsync(pair.Client.SendZeroCopyAsync(new Tick(), token), token);
        await AssertCancelledAsync(pair.Client.SendZeroCopyAsync(lease, token), token);
        await AssertCancelledAsync(pair.Client.SendZeroCopyAsync(new byte[10], token), token);
        await AssertCancelledAsync(pair.Server.ReceiveAsync(new byte[10], token), token);
        await AssertCancelledAsync(engine.RentAsync(10, token), token);
        await AssertCancelledAsync(engine.ConnectAsync(Loopback.AnyPort, token), token);
        lease.Edit().Clear();

        await pair.Client.SendZeroCopyAsync(new byte[] { 5 });
        Assert.Equal((byte[])[5], await pair.Server.ReadExactlyAsync(1));
    });

    [EngineFact]
    public Task A_cancelled_datagram_receive_throws_with_the_token_and_the_next_one_receives() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        using var cancellation = new CancellationTokenSource();
        ValueTask<ReceivedDatagram> receiving = socket.ReceiveAsync(new byte[10], cancellation.Token);
        cancellation.Cancel();
        await AssertCancelledAsync(receiving, cancellation.Token);

        await socket.SendZeroCopyAsync(new byte[] { 9 }, socket.LocalEndPoint);
        Assert.Equal(1, (await socket.ReceiveAsync(new byte[10])).BytesReceived);
    });

    private static async Task AssertCancelledAsync<T>(ValueTask<T> pending, CancellationToken token)
    {
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pending);
        Assert.Equal(token, cancelled.CancellationToken);
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringCancellationTests() : CancellationTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableCancellationTests() : CancellationTests(EngineKind.Portable);
