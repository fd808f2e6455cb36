using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/send-zerocopy.c: every way of addressing, every kind and size of buffer arrives byte exact, and each send
/// has one result and, where it was zero copy, one notification after it.
/// </summary>
/// <remarks>
/// <para>Each test names the function of the C test that it follows. The matrix of test_inet_send is IPv4/IPv6 x TCP both ways,
/// UDP connected and addressed x registered and not x zero copy and copy x small, page, unaligned and (TCP) 32 MB.</para>
/// <para>Without a counterpart in the public API, and so not here: MSG_MORE (cork) and vectors, as there is no scatter-gather
/// send; IOSQE_ASYNC and POLL_FIRST, which are the engine's own business; huge pages, as the slab is ordinary memory;
/// pointers, addresses and flags that are no such thing (test_send_faults, test_invalid_zc), which the types rule out: what
/// can be wrong here is a range, a lease or an address of the other family.</para>
/// </remarks>
public abstract class SendZerocopyTests(EngineKind kind) : EngineSuite(kind)
{
    private const int PageSize = 4096;
    private const int UnalignedOffset = 41;

    public enum Flow
    {
        TcpForward,
        TcpBackward,
        UdpConnected,
        UdpAddressed,
    }

    public static TheoryData<Flow, bool, ZeroCopyPolicy> Matrix
    {
        get
        {
            var data = new TheoryData<Flow, bool, ZeroCopyPolicy>();
            foreach (Flow flow in Enum.GetValues<Flow>())
            {
                foreach (bool v6 in new[] { false, true })
                {
                    data.Add(flow, v6, ZeroCopyPolicy.Always);
                    data.Add(flow, v6, ZeroCopyPolicy.Never);
                }
            }

            return data;
        }
    }

    [EngineFact]
    public Task A_send_has_one_result_and_then_at_most_one_notification() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        // test_basic_send.
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using BufferLease lease = engine.Rent(100);
        Payload.Make(100).CopyTo(lease.Edit());
        for (int i = 1; i <= 10; i++)
        {
            SendReceipt sent = await pair.Client.SendZeroCopyAsync(lease);
            Assert.Equal(100, sent.BytesSent);
            Assert.Equal(Payload.Make(100), await pair.Server.ReadExactlyAsync(100));
            await sent.Recycled;
            ZeroCopyStatistics books = engine.GetStatistics();
            Assert.Equal(Kind == EngineKind.IoUring ? i : 0, books.ZeroCopied + books.KernelCopied);
            Assert.Equal(0, books.StaleCompletions);
        }
    });

    [EngineTheory]
    [MemberData(nameof(Matrix))]
    public Task Buffers_of_every_size_and_offset_registered_or_not_arrive_byte_exact(Flow flow, bool v6, ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            // test_inet_send.
            await using Route route = await Route.OpenAsync(engine, flow, v6);
            byte[] memory = Payload.Make(3 * PageSize);
            foreach ((int offset, int length) in new[] { (PageSize, PageSize), (0, 137), (UnalignedOffset, 2 * PageSize - UnalignedOffset - 13), (0, 1), (PageSize - 1, 2) })
            {
                byte[] expected = memory[offset..(offset + length)];
                await (await route.SendAsync(memory.AsMemory(offset, length))).Recycled;
                Assert.Equal(expected, await route.ReceiveAsync(length));

                using BufferLease lease = engine.Rent(3 * PageSize);
                memory.CopyTo(lease.Edit());
                await (await route.SendAsync(lease, offset..(offset + length))).Recycled;
                Assert.Equal(expected, await route.ReceiveAsync(length));
                // The kernel has let go: the same slot again, changed.
                lease.Edit()[offset] ^= 0xFF;
                expected[0] ^= 0xFF;
                await route.SendAsync(lease, offset..(offset + length));
                Assert.Equal(expected, await route.ReceiveAsync(length));
            }
        });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always, false)]
    [InlineData(ZeroCopyPolicy.Always, true)]
    [InlineData(ZeroCopyPolicy.Never, false)]
    public Task A_send_larger_than_every_socket_buffer_is_accounted_whole(ZeroCopyPolicy policy, bool unaligned) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            // test_inet_send with BUF_T_LARGE: 32 MB with MSG_WAITALL, "should be enough to trigger a short send".
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            byte[] memory = Payload.Make(32 << 20);
            Memory<byte> part = unaligned ? memory.AsMemory(13, memory.Length - 26) : memory;
            ValueTask<SendReceipt> sending = pair.Client.SendZeroCopyAsync(part);
            byte[] received = await pair.Server.ReadExactlyAsync(part.Length);
            Assert.True(part.Span.SequenceEqual(received));
            SendReceipt sent = await sending;
            Assert.Equal(part.Length, sent.BytesSent);
            await sent.Recycled;
        });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task Registered_and_other_buffers_mixed_in_one_run_of_sends_arrive_in_order(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            // test_inet_send with mix_register: five linked requests that together make one buffer.
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            var random = new Random(5);
            for (int round = 0; round < 20; round++)
            {
                byte[] whole = Payload.Make(5 * PageSize, seed: round);
                var sends = new List<Task<SendReceipt>>();
                for (int i = 0; i < 5; i++)
                {
                    Memory<byte> chunk = whole.AsMemory(i * PageSize, PageSize);
                    if (random.Next(2) == 0)
                    {
                        sends.Add(pair.Client.SendZeroCopyAsync(chunk).AsTask());
                        continue;
                    }

                    using BufferLease lease = engine.Rent(PageSize);
                    chunk.Span.CopyTo(lease.Edit());
                    sends.Add(pair.Client.SendZeroCopyAsync(lease).AsTask());
                }

                Assert.Equal(whole, await pair.Server.ReadExactlyAsync(whole.Length));
                Assert.All(await Task.WhenAll(sends), sent => Assert.Equal(PageSize, sent.BytesSent));
            }
        });

    [EngineFact]
    public Task The_destination_is_taken_at_the_call_and_may_be_overwritten_at_once() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always, LoopCount = 1 }, async engine =>
    {
        // test_async_addr: the address is zeroed before the request is issued.
        await using ZeroCopyDatagramSocket sender = engine.BindDatagram(Loopback.AnyPortV6);
        await using ZeroCopyDatagramSocket receiver = engine.BindDatagram(Loopback.AnyPortV6);
        PeerAddress destination = receiver.LocalEndPoint;
        // On the loop a submission waits for the end of the round, so it is issued after the overwriting.
        Task<SendReceipt> sending = await engine.Loops[0].RunAsync(() =>
        {
            Task<SendReceipt> started = sender.SendZeroCopyAsync(new byte[] { 7 }, destination).AsTask();
            destination = default;
            return Task.FromResult(started);
        });
        var room = new byte[10];
        Assert.Equal(1, (await receiver.ReceiveAsync(room)).BytesReceived);
        Assert.Equal(7, room[0]);
        Assert.Equal(1, (await sending).BytesSent);
    });

    [EngineFact]
    public Task A_range_outside_the_buffer_is_refused_and_nothing_is_lent() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        // The C test for bad memory is test_send_faults; here no range can name memory outside its lease.
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        using BufferLease lease = engine.Rent(100);
        lease.Edit().Clear();
        foreach (Range range in new[] { 0..101, 101..101, ^101.., 60..40 })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => { _ = pair.Client.SendZeroCopyAsync(lease, range); });
        }

        Assert.False(lease.IsInFlight);
        lease.Edit()[99] = 9;
        await pair.Client.SendZeroCopyAsync(lease, 99..100);
        Assert.Equal((byte[])[9], await pair.Server.ReadExactlyAsync(1));
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task A_send_that_fails_gives_its_buffer_back_once(ZeroCopyPolicy policy) => OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
    {
        // test_send_faults: an error with or without MORE, at most one notification, nothing after it.
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        using BufferLease lease = engine.Rent(5000);
        for (byte i = 0; i < 20; i++)
        {
            lease.Edit().Fill(i);
            await Assert.ThrowsAsync<SocketException>(async () => await socket.SendZeroCopyAsync(lease, new IPEndPoint(IPAddress.IPv6Loopback, 9)));
            await Eventually.TrueAsync(() => !lease.IsInFlight, () => "The buffer of a send that failed did not come back.");
            lease.Edit().Fill(i);
            await Assert.ThrowsAsync<SocketException>(async () => await socket.SendAndRecycleAsync(lease, new IPEndPoint(IPAddress.IPv6Loopback, 9)));
            Assert.False(lease.IsInFlight);
        }
    });

    /// <summary>From one socket to another in one of the four ways.</summary>
    private sealed class Route : IAsyncDisposable
    {
        private readonly TcpPair? _tcp;
        private readonly bool _backward;
        private readonly ZeroCopyDatagramSocket? _from;
        private readonly ZeroCopyDatagramSocket? _to;
        private readonly bool _addressed;

        private Route(TcpPair tcp, bool backward) => (_tcp, _backward) = (tcp, backward);

        private Route(ZeroCopyDatagramSocket from, ZeroCopyDatagramSocket to, bool addressed) => (_from, _to, _addressed) = (from, to, addressed);

        public static async Task<Route> OpenAsync(ZeroCopyEngine engine, Flow flow, bool v6)
        {
            IPEndPoint local = v6 ? Loopback.AnyPortV6 : Loopback.AnyPort;
            if (flow is Flow.TcpForward or Flow.TcpBackward)
            {
                return new Route(await TcpPair.ConnectAsync(engine, local), flow == Flow.TcpBackward);
            }

            var route = new Route(engine.BindDatagram(local), engine.BindDatagram(local), flow == Flow.UdpAddressed);
            if (flow == Flow.UdpConnected)
            {
                route._from!.Connect(route._to!.LocalEndPoint);
            }

            return route;
        }

        public ValueTask<SendReceipt> SendAsync(ReadOnlyMemory<byte> memory) =>
            _tcp is not null ? Sender.SendZeroCopyAsync(memory)
            : _addressed ? _from!.SendZeroCopyAsync(memory, _to!.LocalEndPoint)
            : _from!.SendZeroCopyAsync(memory);

        public async ValueTask<SendReceipt> SendAsync(BufferLease lease, Range range)
        {
            if (_tcp is not null)
            {
                return await Sender.SendZeroCopyAsync(lease, range);
            }

            // A datagram socket sends whole leases: the part is copied into one of its size.
            using BufferLease part = _from!.Rent(lease.Read()[range].Length);
            lease.Read()[range].CopyTo(part.Edit());
            SendReceipt sent = await (_addressed ? _from.SendZeroCopyAsync(part, _to!.LocalEndPoint) : _from.SendZeroCopyAsync(part));
            return sent;
        }

        public async Task<byte[]> ReceiveAsync(int length)
        {
            if (_tcp is not null)
            {
                return await (_backward ? _tcp.Client : _tcp.Server).ReadExactlyAsync(length);
            }

            var room = new byte[length + 1];
            ReceivedDatagram datagram = await _to!.ReceiveAsync(room);
            Assert.False(datagram.IsTruncated);
            return room[..datagram.BytesReceived];
        }

        private ZeroCopySocket Sender => _backward ? _tcp!.Server : _tcp!.Client;

        public async ValueTask DisposeAsync()
        {
            if (_tcp is not null)
            {
                await _tcp.DisposeAsync();
                return;
            }

            await _from!.DisposeAsync();
            await _to!.DisposeAsync();
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringSendZerocopyTests() : SendZerocopyTests(EngineKind.IoUring)
{
    [EngineFact]
    public Task Every_notification_reports_whether_the_kernel_copied() => OnEngine(new ZeroCopyOptions { Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        // test_sendzc_report. Loopback always copies for its receiver.
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        for (int i = 1; i <= 5; i++)
        {
            await pair.Client.SendAndRecycleAsync(new byte[] { 1 });
            Assert.Equal((i, 0), (engine.GetStatistics().KernelCopied, engine.GetStatistics().ZeroCopied));
        }
    });
}

/// <summary>On the portable engine.</summary>
public sealed class PortableSendZerocopyTests() : SendZerocopyTests(EngineKind.Portable);
