using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>Sends of several pieces, of many messages, and of one buffer to many.</summary>
public abstract class GatheredTests(EngineKind kind) : EngineSuite(kind)
{
    public static TheoryData<ZeroCopyPolicy> Policies => new(Enum.GetValues<ZeroCopyPolicy>());

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Pieces_of_every_kind_and_size_arrive_as_one_stream(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            var random = new Random(7);
            var expected = new List<byte>();
            var leases = new List<BufferLease>();
            var sends = new List<ValueTask<SendReceipt>>();
            for (int i = 0; i < 60; i++)
            {
                var segments = new SendSegment[random.Next(1, 6)];
                for (int j = 0; j < segments.Length; j++)
                {
                    byte[] bytes = Payload.Make(random.Next(2) == 0 ? random.Next(0, 200) : random.Next(1, 20_000), (i * 10) + j);
                    expected.AddRange(bytes);
                    if (bytes.Length == 0 || random.Next(2) == 0)
                    {
                        segments[j] = bytes;
                        continue;
                    }

                    BufferLease lease = await engine.RentAsync(bytes.Length + 10);
                    bytes.CopyTo(lease.Edit()[5..]);
                    segments[j] = new SendSegment(lease, 5..(5 + bytes.Length));
                    leases.Add(lease);
                }

                sends.Add(pair.Client.SendZeroCopyAsync(segments));
                if (leases.Count > 20)
                {
                    // Disposed in flight: each slot returns with its last notification.
                    leases.ForEach(lease => lease.Dispose());
                    leases.Clear();
                    byte[] part = await pair.Server.ReadExactlyAsync(expected.Count);
                    Assert.Equal(expected, part);
                    expected.Clear();
                }
            }

            leases.ForEach(lease => lease.Dispose());
            Assert.Equal(expected, await pair.Server.ReadExactlyAsync(expected.Count));
            foreach (ValueTask<SendReceipt> send in sends)
            {
                await (await send).Recycled;
            }
        });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task A_message_larger_than_every_buffer_on_the_way_arrives_whole(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            byte[][] pieces = [.. Enumerable.Range(0, 5).Select(i => Payload.Make(1_500_000, i))];
            ValueTask<SendReceipt> sending = pair.Client.SendZeroCopyAsync([.. pieces.Select(piece => (SendSegment)piece)]);
            byte[] received = await pair.Server.ReadExactlyAsync(7_500_000);
            Assert.True(received.AsSpan().SequenceEqual(pieces.SelectMany(piece => piece).ToArray()));
            SendReceipt receipt = await sending;
            Assert.Equal(7_500_000, receipt.BytesSent);
            await receipt.Recycled;
        });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Header_and_payload_leave_as_one_datagram(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
            await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
            byte[] header = Payload.Make(20, 1);
            byte[] payload = Payload.Make(30_000, 2);
            byte[] buffer = new byte[65_536];
            await sender.SendZeroCopyAsync([header, payload], receiver.LocalEndPoint);
            ReceivedDatagram received = await receiver.ReceiveAsync(buffer);
            Assert.Equal([.. header, .. payload], buffer.AsSpan(0, received.BytesReceived).ToArray());
            sender.Connect(receiver.LocalEndPoint);
            await (await sender.SendZeroCopyAsync(payload, header)).Recycled;
            received = await receiver.ReceiveAsync(buffer);
            Assert.Equal([.. payload, .. header], buffer.AsSpan(0, received.BytesReceived).ToArray());
        });

    [EngineFact]
    public Task A_datagram_of_too_many_bytes_is_refused_and_gives_its_pieces_back() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            async () => await socket.SendZeroCopyAsync([new byte[40_000], new byte[40_000]], socket.LocalEndPoint));
        Assert.Equal(SocketError.MessageSize, refused.SocketErrorCode);
    });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task Many_messages_at_once_arrive_in_order(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            const int Count = 20_000;
            Tick[] ticks = [.. Enumerable.Range(0, Count).Select(i => new Tick { Sequence = (ulong)i })];
            ValueTask<SendReceipt> sending = pair.Client.SendManyAsync<Tick>(ticks);
            ulong next = 0;
            await foreach (Tick.View tick in pair.Server.ReceiveTicksAsync())
            {
                Assert.Equal(next, tick.Sequence);
                if (++next == Count)
                {
                    break;
                }
            }

            Assert.Equal(Count * Tick.WireSize, (await sending).BytesSent);
        });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Many_datagrams_at_once_arrive_each_for_itself(bool offload) => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
        receiver.ReceiveBufferSize = 1 << 20;
        if (offload)
        {
            sender.SegmentSize = Tick.WireSize;
        }

        const int Count = 200;
        Tick[] ticks = [.. Enumerable.Range(0, Count).Select(i => new Tick { Sequence = (ulong)i })];
        await sender.SendManyAsync<Tick>(ticks, receiver.LocalEndPoint);
        ulong next = 0;
        await foreach (Datagram<Tick.View> datagram in receiver.ReceiveTicksAsync())
        {
            Assert.True(datagram.Status.IsOk, datagram.Status.ToString());
            Assert.Equal(next, datagram.Message.Sequence);
            if (++next == Count)
            {
                break;
            }
        }
    });

    [EngineTheory]
    [MemberData(nameof(Policies))]
    public Task One_buffer_to_many_sockets_is_recycled_once(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy, LoopCount = 2 }, async engine =>
        {
            const int Count = 40;
            TcpPair[] pairs = new TcpPair[Count];
            for (int i = 0; i < Count; i++)
            {
                pairs[i] = await TcpPair.ConnectAsync(engine);
            }

            ZeroCopySocket[] clients = [.. pairs.Select(pair => pair.Client)];
            using BufferLease lease = engine.Rent(5000);
            for (int round = 0; round < 5; round++)
            {
                byte[] bytes = Payload.Make(5000, round);
                bytes.CopyTo(lease.Edit());
                SendReceipt receipt = await engine.SendToAllAsync(clients, lease);
                Assert.Equal(Count * 5000, receipt.BytesSent);
                foreach (TcpPair pair in pairs)
                {
                    Assert.Equal(bytes, await pair.Server.ReadExactlyAsync(5000));
                }

                await receipt.Recycled;
                Assert.True(receipt.IsRecycled);
                Assert.False(lease.IsInFlight);
            }

            foreach (TcpPair pair in pairs)
            {
                await pair.DisposeAsync();
            }
        });

    [EngineFact]
    public Task A_fan_out_keeps_the_order_of_each_stream_and_reports_the_broken_one() => OnEngine(async engine =>
    {
        await using TcpPair good = await TcpPair.ConnectAsync(engine);
        await using TcpPair closed = await TcpPair.ConnectAsync(engine);
        await closed.Client.DisposeAsync();
        using BufferLease lease = engine.Rent(100);
        lease.Edit().Fill(2);
        var failed = new List<(ZeroCopySocket, Exception)>();
        ValueTask<SendReceipt> before = good.Client.SendZeroCopyAsync(new byte[] { 1 });
        ValueTask<SendReceipt> toAll = engine.SendToAllAsync([closed.Client, good.Client], lease, (socket, error) => failed.Add((socket, error)));
        ValueTask<SendReceipt> behind = good.Client.SendZeroCopyAsync(new byte[] { 3 });
        SendReceipt receipt = await toAll;
        await before;
        await behind;
        Assert.Equal([1, .. Enumerable.Repeat((byte)2, 100), 3], await good.Server.ReadExactlyAsync(102));
        await receipt.Recycled;
        (ZeroCopySocket socket, Exception error) = Assert.Single(failed);
        Assert.Same(closed.Client, socket);
        Assert.IsType<ObjectDisposedException>(error);
    });

    [EngineFact]
    public Task A_fan_out_is_not_upset_by_a_list_that_shrinks_under_it() => OnEngine(async engine =>
    {
        await using TcpPair first = await TcpPair.ConnectAsync(engine);
        await using TcpPair second = await TcpPair.ConnectAsync(engine);
        await using TcpPair third = await TcpPair.ConnectAsync(engine);
        await first.Client.DisposeAsync();
        var clients = new List<ZeroCopySocket> { first.Client, second.Client, third.Client };
        using BufferLease lease = engine.Rent(100);
        SendReceipt receipt = await engine.SendToAllAsync(clients, lease, (socket, _) => clients.Remove(socket));
        Assert.Equal(200, receipt.BytesSent);
        Assert.Equal([second.Client, third.Client], clients);
        await receipt.Recycled;
    });

    [EngineFact]
    public Task A_fan_out_whose_peer_does_not_read_ends_with_its_token_and_its_buffer_comes_back() => OnEngine(async engine =>
    {
        await using PlainPair stalled = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using TcpPair good = await TcpPair.ConnectAsync(engine);
        using var cancellation = new CancellationTokenSource();
        ValueTask<SendReceipt> blocking = stalled.Socket.SendZeroCopyAsync(new byte[16 << 20], cancellation.Token);
        BufferLease lease = engine.Rent(100);
        Exception? reported = null;
        ValueTask<SendReceipt> toAll = engine.SendToAllAsync([stalled.Socket, good.Client], lease, (_, error) => reported = error, cancellation.Token);
        await good.Server.ReadExactlyAsync(100);
        Assert.False(toAll.IsCompleted);
        cancellation.Cancel();
        SendReceipt receipt = await toAll;
        Assert.Equal(100, receipt.BytesSent);
        Assert.NotNull(reported);
        await Assert.ThrowsAnyAsync<Exception>(async () => await blocking);
        await stalled.Socket.AbortAsync();
        await receipt.Recycled;
        lease.Dispose();
    });
}

[NeedsIoUring]
public sealed class IoUringGatheredTests() : GatheredTests(EngineKind.IoUring)
{
    [EngineFact]
    public Task Datagrams_the_kernel_joins_are_told_apart_again() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
        sender.SegmentSize = Tick.WireSize;
        receiver.ReceiveOffload = true;
        Assert.Equal(Tick.WireSize, sender.SegmentSize);
        Assert.True(receiver.ReceiveOffload);
        Tick[] ticks = [.. Enumerable.Range(0, 50).Select(i => new Tick { Sequence = (ulong)i })];
        await sender.SendManyAsync<Tick>(ticks, receiver.LocalEndPoint);
        byte[] buffer = new byte[65_536];
        ReceivedDatagram joined = await receiver.ReceiveAsync(buffer);
        Assert.Equal(Tick.WireSize, joined.SegmentSize);
        Assert.Equal(50 * Tick.WireSize, joined.BytesReceived);
        Assert.Equal(((IPEndPoint)sender.LocalEndPoint).Port, joined.From.ToIPEndPoint().Port);

        await sender.SendManyAsync<Tick>(ticks, receiver.LocalEndPoint);
        ulong next = 0;
        await foreach (Datagram<Tick.View> datagram in receiver.ReceiveTicksAsync())
        {
            Assert.True(datagram.Status.IsOk, datagram.Status.ToString());
            Assert.Equal(next, datagram.Message.Sequence);
            if (++next == 50)
            {
                break;
            }
        }
    });

    [EngineFact]
    public Task Sends_of_many_sockets_from_the_loop_need_one_system_call() => OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
        ZeroCopyDatagramSocket[] senders = [.. Enumerable.Range(0, 50).Select(_ => engine.BindDatagram(Loopback.AnyPort))];
        long calls = await engine.Loops[0].RunAsync(async () =>
        {
            long before = engine.Loops[0].Enters;
            ValueTask<SendReceipt>[] sends = [.. senders.Select(sender => sender.SendZeroCopyAsync(new Tick { Sequence = 1 }, receiver.LocalEndPoint))];
            foreach (ValueTask<SendReceipt> send in sends)
            {
                await send;
            }

            return engine.Loops[0].Enters - before;
        });

        // One to submit them all; a few more where completions come late.
        Assert.InRange(calls, 1, 10);
        foreach (ZeroCopyDatagramSocket sender in senders)
        {
            await sender.DisposeAsync();
        }
    });
}

public sealed class PortableGatheredTests() : GatheredTests(EngineKind.Portable)
{
    [EngineFact]
    public Task Receive_offload_is_refused_where_the_size_could_not_be_told() => OnEngine(engine =>
    {
        using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        Assert.False(socket.ReceiveOffload);
        Assert.Throws<PlatformNotSupportedException>(() => socket.ReceiveOffload = true);
        return Task.CompletedTask;
    });
}
