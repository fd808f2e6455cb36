using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>UDP: one send is one datagram, one message is one datagram, and nothing a stranger sends ends the conversation.</summary>
public abstract class DatagramTests(EngineKind kind) : EngineSuite(kind)
{
    private const int LargestDatagram = 65_507;

    public static TheoryData<ZeroCopyPolicy, bool> PoliciesAndFamilies
    {
        get
        {
            var data = new TheoryData<ZeroCopyPolicy, bool>();
            foreach (ZeroCopyPolicy policy in Enum.GetValues<ZeroCopyPolicy>())
            {
                data.Add(policy, false);
                data.Add(policy, true);
            }

            return data;
        }
    }

    [EngineFact]
    public Task A_segment_size_that_was_taken_back_joins_no_datagrams() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Never }, async engine =>
        {
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
            using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
            receiver.Bind(Loopback.AnyPort);
            sender.Connect(receiver.LocalEndPoint!);
            if (OperatingSystem.IsLinux())
            {
                sender.SegmentSize = 100;
                sender.SegmentSize = 0;
            }

            await engine.Loops[0].RunAsync(async () =>
            {
                ValueTask<SendReceipt>[] sends = [.. Enumerable.Range(0, 3).Select(_ => sender.SendZeroCopyAsync(new byte[10]))];
                foreach (ValueTask<SendReceipt> send in sends)
                {
                    await send;
                }
            });
            byte[] buffer = new byte[100];
            Assert.Equal([10, 10, 10], Enumerable.Range(0, 3).Select(_ => receiver.Receive(buffer)).ToArray());
        });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Datagrams_that_a_loop_sends_together_arrive_one_by_one(bool withoutChecksum) =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Never }, async engine =>
        {
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
            using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20, ReceiveTimeout = 10_000 };
            receiver.Bind(Loopback.AnyPort);
            sender.Connect(receiver.LocalEndPoint!);
            if (withoutChecksum && OperatingSystem.IsLinux())
            {
                // SO_NO_CHECK, with which the kernel cuts nothing: then each must go by itself.
                sender.Core.Handle.Socket.SetRawSocketOption(1, 11, BitConverter.GetBytes(1));
            }

            byte[][] datagrams = [.. new[] { 10, 10, 10, 3, 3, 500, 500, 1400, 1400, 0, 700, 20_000, 20_000, 20_000, 20_000, 1 }.Select(Payload.Make)];
            await engine.Loops[0].RunAsync(async () =>
            {
                ValueTask<SendReceipt>[] sends = [.. datagrams.Select(bytes => sender.SendZeroCopyAsync(bytes))];
                for (int i = 0; i < sends.Length; i++)
                {
                    Assert.Equal(datagrams[i].Length, (await sends[i]).BytesSent);
                }
            });
            byte[] buffer = new byte[65_536];
            string[] received = [.. datagrams.Select(_ => Convert.ToHexString(buffer.AsSpan(0, receiver.Receive(buffer))))];
            string[] expected = [.. datagrams.Select(Convert.ToHexString)];
            if (withoutChecksum)
            {
                // Those that came back uncut were overtaken.
                Array.Sort(received);
                Array.Sort(expected);
            }

            Assert.Equal(expected, received);
        });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Leases_that_a_loop_sends_together_without_a_copy_arrive_one_by_one_and_come_back(bool withoutChecksum) =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always }, async engine =>
        {
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
            using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20, ReceiveTimeout = 10_000 };
            receiver.Bind(Loopback.AnyPort);
            sender.Connect(receiver.LocalEndPoint!);
            if (withoutChecksum && OperatingSystem.IsLinux())
            {
                sender.Core.Handle.Socket.SetRawSocketOption(1, 11, BitConverter.GetBytes(1));
            }

            // More bytes, more pages and more sends than fit one train, and ones that end it.
            int[] lengths = [.. Enumerable.Repeat(8192, 8), .. Enumerable.Repeat(100, 20), 60, 60, 4096, 5000, 5000, 30_000, 30_000, 40_000, 1];
            byte[][] datagrams = [.. lengths.Select(Payload.Make)];
            BufferLease[] leases = [.. lengths.Select(engine.Rent)];
            for (int i = 0; i < leases.Length; i++)
            {
                datagrams[i].CopyTo(leases[i].Edit());
            }

            await engine.Loops[0].RunAsync(async () =>
            {
                ValueTask<SendReceipt>[] sends = [.. leases.Select(lease => sender.SendZeroCopyAsync(lease))];
                for (int i = 0; i < sends.Length; i++)
                {
                    SendReceipt receipt = await sends[i];
                    Assert.Equal(lengths[i], receipt.BytesSent);
                    await receipt.Recycled;
                    leases[i].Edit().Clear();
                }
            });
            byte[] buffer = new byte[65_536];
            string[] received = [.. datagrams.Select(_ => Convert.ToHexString(buffer.AsSpan(0, receiver.Receive(buffer))))];
            string[] expected = [.. datagrams.Select(Convert.ToHexString)];
            if (withoutChecksum)
            {
                // Those that came back uncut were overtaken.
                Array.Sort(received);
                Array.Sort(expected);
            }

            Assert.Equal(expected, received);
            Array.ForEach(leases, static lease => lease.Dispose());
        });

    [EngineTheory]
    [MemberData(nameof(PoliciesAndFamilies))]
    public Task Connected_sockets_exchange_messages_leases_and_memory(ZeroCopyPolicy policy, bool v6) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using ZeroCopyDatagramSocket left = engine.BindDatagram(AnyPort(v6));
            await using ZeroCopyDatagramSocket right = engine.BindDatagram(AnyPort(v6));
            left.Connect(right.LocalEndPoint);
            right.Connect(left.LocalEndPoint);
            using BufferLease lease = engine.Rent(3000);
            byte[] bytes = Payload.Make(3000);
            bytes.CopyTo(lease.Edit());

            Assert.Equal(Tick.WireSize, (await left.SendZeroCopyAsync(new Tick { Sequence = 1 })).BytesSent);
            await ExpectTickAsync(right, 1, left);
            await right.SendAndRecycleAsync(new Tick { Sequence = 2 });
            await ExpectTickAsync(left, 2, right);
            await left.SendZeroCopyAsync(lease);
            await ExpectAsync(right, bytes, left);
            await right.SendZeroCopyAsync(bytes);
            await ExpectAsync(left, bytes, right);
            await left.SendAndRecycleAsync(lease);
            await ExpectAsync(right, bytes, left);
            await left.SendAndRecycleAsync(bytes);
            await ExpectAsync(right, bytes, left);
        });

    [EngineTheory]
    [MemberData(nameof(PoliciesAndFamilies))]
    public Task Messages_leases_and_memory_go_where_they_are_addressed(ZeroCopyPolicy policy, bool v6) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(AnyPort(v6));
            await using ZeroCopyDatagramSocket one = engine.BindDatagram(AnyPort(v6));
            await using ZeroCopyDatagramSocket two = engine.BindDatagram(AnyPort(v6));
            PeerAddress toOne = one.LocalEndPoint;
            PeerAddress toTwo = two.LocalEndPoint;
            using BufferLease lease = engine.Rent(2000);
            byte[] bytes = Payload.Make(2000);
            bytes.CopyTo(lease.Edit());
            using Tick.Buffer tick = engine.RentTick();
            tick.Write(new Tick { Sequence = 3 });

            await sender.SendZeroCopyAsync(new Tick { Sequence = 1 }, toOne);
            await sender.SendZeroCopyAsync(new Tick { Sequence = 2 }, toTwo);
            await ExpectTickAsync(two, 2, sender);
            await ExpectTickAsync(one, 1, sender);
            await sender.SendZeroCopyAsync(lease, toTwo);
            await ExpectAsync(two, bytes, sender);
            await sender.SendZeroCopyAsync(bytes, toOne);
            await ExpectAsync(one, bytes, sender);
            await sender.SendZeroCopyAsync(tick, toOne);
            await ExpectTickAsync(one, 3, sender);
            await sender.SendAndRecycleAsync(tick, toTwo);
            await ExpectTickAsync(two, 3, sender);
        });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_answer_goes_back_to_the_address_a_datagram_came_from(bool v6) => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(AnyPort(v6));
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(AnyPort(v6));
        await client.SendZeroCopyAsync(new Tick { Sequence = 41 }, server.LocalEndPoint);

        DatagramReceiver<Tick.View> receiver = server.ReceiveTicksAsync();
        Assert.True(await receiver.MoveNextAsync());
        PeerAddress from = receiver.Current.From;
        ulong asked = receiver.Current.Message.Sequence;
        Assert.Equal(client.LocalEndPoint, from.ToIPEndPoint());
        Assert.Equal(new PeerAddress(client.LocalEndPoint), from);
        Assert.Equal(new PeerAddress(client.LocalEndPoint).GetHashCode(), from.GetHashCode());
        Assert.Equal(client.LocalEndPoint.ToString(), from.ToString());
        Assert.NotEqual(new PeerAddress(server.LocalEndPoint), from);
        Assert.False(from.IsEmpty);

        await server.SendZeroCopyAsync(new Tick { Sequence = asked + 1 }, from);
        await ExpectTickAsync(client, 42, server);
    });

    [EngineFact]
    public Task The_empty_address_names_nobody_and_is_refused() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        Assert.True(default(PeerAddress).IsEmpty);
        Assert.Equal("(nobody)", default(PeerAddress).ToString());
        await Assert.ThrowsAsync<ArgumentException>(async () => await socket.SendZeroCopyAsync(new Tick(), default(PeerAddress)));
        Assert.Throws<InvalidOperationException>(() => default(PeerAddress).ToIPEndPoint());
    });

    [EngineFact]
    public Task What_is_no_message_is_reported_and_the_next_message_still_comes() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket server = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket client = engine.BindDatagram(Loopback.AnyPort);
        client.Connect(server.LocalEndPoint);
        var hostile = new byte[Tick.WireSize];
        hostile[^1] = 2;
        await client.SendZeroCopyAsync(new byte[Tick.WireSize + 1]);
        await client.SendZeroCopyAsync(new byte[5000]);
        await client.SendZeroCopyAsync(new byte[Tick.WireSize - 6]);
        await client.SendZeroCopyAsync(ReadOnlyMemory<byte>.Empty);
        await client.SendZeroCopyAsync(hostile);
        await client.SendZeroCopyAsync(new Tick { Sequence = 77 });

        DatagramReceiver<Tick.View> receiver = server.ReceiveTicksAsync();
        var seen = new List<ParseStatus>();
        for (int i = 0; i < 5; i++)
        {
            Assert.True(await receiver.MoveNextAsync());
            seen.Add(receiver.Current.Status);
            Assert.Equal(client.LocalEndPoint, receiver.Current.From.ToIPEndPoint());
            Assert.Equal(seen[i], Assert.Throws<WireFormatException>(() => { _ = receiver.Current.Message; }).Status);
        }

        Assert.Equal((ParseResult.Invalid, "datagram"), (seen[0].Result, seen[0].Field));
        Assert.Equal((ParseResult.Invalid, "datagram"), (seen[1].Result, seen[1].Field));
        Assert.Equal(ParseStatus.NeedMore(6), seen[2]);
        Assert.Equal(ParseStatus.NeedMore(Tick.WireSize), seen[3]);
        Assert.Equal((ParseResult.Invalid, nameof(Tick.IsLast)), (seen[4].Result, seen[4].Field));
        Assert.True(await receiver.MoveNextAsync());
        Assert.True(receiver.Current.Status.IsOk);
        Assert.Equal(77ul, receiver.Current.Message.Sequence);
    });

    [EngineFact]
    public Task A_datagram_cut_by_a_small_buffer_says_so() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        byte[] bytes = Payload.Make(100);
        var buffer = new byte[60];
        await socket.SendZeroCopyAsync(bytes, socket.LocalEndPoint);
        ReceivedDatagram cut = await socket.ReceiveAsync(buffer);
        Assert.Equal((60, true), (cut.BytesReceived, cut.IsTruncated));
        Assert.Equal(bytes[..60], buffer);

        await socket.SendZeroCopyAsync(bytes.AsMemory(0, 60), socket.LocalEndPoint);
        ReceivedDatagram whole = await socket.ReceiveAsync(buffer);
        Assert.Equal((60, false), (whole.BytesReceived, whole.IsTruncated));
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task The_largest_datagram_arrives_byte_exact_and_one_larger_is_refused(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
            socket.ReceiveBufferSize = 1 << 20;
            socket.Connect(socket.LocalEndPoint);
            byte[] bytes = Payload.Make(65_536);
            using BufferLease lease = engine.Rent(65_536);
            bytes.CopyTo(lease.Edit());

            var failure = await Assert.ThrowsAsync<SocketException>(async () => await socket.SendZeroCopyAsync(lease));
            Assert.Equal(SocketError.MessageSize, failure.SocketErrorCode);
            failure = await Assert.ThrowsAsync<SocketException>(async () => await socket.SendAndRecycleAsync(lease));
            Assert.Equal(SocketError.MessageSize, failure.SocketErrorCode);
            await Eventually.TrueAsync(() => !lease.IsInFlight, () => "A refused lease is still in flight.");
            lease.Edit()[0] = bytes[0];

            using BufferLease largest = engine.Rent(LargestDatagram);
            bytes.AsSpan(0, LargestDatagram).CopyTo(largest.Edit());
            Assert.Equal(LargestDatagram, (await socket.SendZeroCopyAsync(largest)).BytesSent);
            var received = new byte[65_536];
            ReceivedDatagram datagram = await socket.ReceiveAsync(received);
            Assert.Equal((LargestDatagram, false), (datagram.BytesReceived, datagram.IsTruncated));
            Assert.Equal(bytes[..LargestDatagram], received[..LargestDatagram]);
        });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task An_empty_datagram_arrives(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        Assert.Equal(0, (await socket.SendZeroCopyAsync(ReadOnlyMemory<byte>.Empty, socket.LocalEndPoint)).BytesSent);
        ReceivedDatagram datagram = await socket.ReceiveAsync(new byte[10]);
        Assert.Equal((0, false), (datagram.BytesReceived, datagram.IsTruncated));
        Assert.Equal(socket.LocalEndPoint, datagram.From.ToIPEndPoint());
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task A_refusal_by_the_peers_host_is_an_error_and_the_socket_goes_on(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        EndPoint peer;
        await using (ZeroCopyDatagramSocket gone = engine.BindDatagram(Loopback.AnyPort))
        {
            peer = gone.LocalEndPoint;
        }

        socket.Connect(peer);
        await socket.SendZeroCopyAsync(new Tick());
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[10]));
        Assert.Contains(failure.SocketErrorCode, new[] { SocketError.ConnectionRefused, SocketError.ConnectionReset });

        await using ZeroCopyDatagramSocket back = engine.BindDatagram(peer);
        await socket.SendZeroCopyAsync(new Tick { Sequence = 5 });
        await ExpectTickAsync(back, 5, socket);
    });

    [EngineFact]
    public Task An_unconnected_socket_says_that_a_send_needs_a_destination() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await socket.SendZeroCopyAsync(new Tick()));
        Assert.Contains(failure.SocketErrorCode, new[] { SocketError.DestinationAddressRequired, SocketError.NotConnected });
    });

    [EngineFact]
    public Task A_destination_of_the_other_address_family_is_refused_by_name() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        await using ZeroCopyDatagramSocket v6 = engine.BindDatagram(Loopback.AnyPortV6);
        var failure = await Assert.ThrowsAsync<SocketException>(async () => await socket.SendZeroCopyAsync(new Tick(), v6.LocalEndPoint));
        Assert.Contains(failure.SocketErrorCode, new[] { SocketError.AddressFamilyNotSupported, SocketError.InvalidArgument, SocketError.Fault });
    });

    [EngineFact]
    public Task Disposing_ends_the_receive_that_waits_with_OperationAborted() => OnEngine(async engine =>
    {
        ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        ValueTask<ReceivedDatagram> receiving = socket.ReceiveAsync(new byte[10]);
        await socket.DisposeAsync();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(async () => await receiving)).SocketErrorCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await socket.ReceiveAsync(new byte[10]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await socket.SendZeroCopyAsync(new Tick(), Loopback.AnyPort));
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task Thousands_of_datagrams_that_are_not_awaited_all_leave_whole(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy, SmallBuffers = 64 }, async engine =>
        {
            await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPort);
            await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPort);
            sender.Connect(receiver.LocalEndPoint);
            const int Count = 5000;
            var seen = new HashSet<ulong>();
            Task receiving = Task.Run(async () =>
            {
                await foreach (Datagram<Tick.View> datagram in receiver.ReceiveTicksAsync())
                {
                    Assert.Equal(datagram.Message.Sequence * 3, (ulong)datagram.Message.PriceNanos);
                    seen.Add(datagram.Message.Sequence);
                    if (datagram.Message.IsLast)
                    {
                        break;
                    }
                }
            });
            var sends = new List<Task<SendReceipt>>();
            for (ulong i = 0; i < Count; i++)
            {
                sends.Add(sender.SendZeroCopyAsync(new Tick { Sequence = i, PriceNanos = (long)(i * 3) }).AsTask());
            }

            Assert.All(await Task.WhenAll(sends), receipt => Assert.Equal(Tick.WireSize, receipt.BytesSent));

            // UDP may drop when the receiver lags, so the end is said until it is heard.
            while (!receiving.IsCompleted)
            {
                await sender.SendZeroCopyAsync(new Tick { Sequence = Count, PriceNanos = Count * 3, IsLast = true });
                await Task.WhenAny(receiving, Task.Delay(20));
            }

            await receiving;
            Assert.True(seen.Count > 1);
        });

    private static IPEndPoint AnyPort(bool v6) => v6 ? Loopback.AnyPortV6 : Loopback.AnyPort;

    private static async Task ExpectTickAsync(ZeroCopyDatagramSocket socket, ulong sequence, ZeroCopyDatagramSocket from)
    {
        DatagramReceiver<Tick.View> receiver = socket.ReceiveTicksAsync();
        Assert.True(await receiver.MoveNextAsync());
        Assert.Equal(sequence, receiver.Current.Message.Sequence);
        Assert.Equal(from.LocalEndPoint, receiver.Current.From.ToIPEndPoint());
    }

    private static async Task ExpectAsync(ZeroCopyDatagramSocket socket, byte[] bytes, ZeroCopyDatagramSocket from)
    {
        var buffer = new byte[bytes.Length + 1];
        ReceivedDatagram datagram = await socket.ReceiveAsync(buffer);
        Assert.Equal(bytes, buffer[..datagram.BytesReceived]);
        Assert.False(datagram.IsTruncated);
        Assert.Equal(from.LocalEndPoint, datagram.From.ToIPEndPoint());
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringDatagramTests() : DatagramTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableDatagramTests() : DatagramTests(EngineKind.Portable);
