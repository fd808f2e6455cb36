using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Linux;

/// <summary>What the running kernel does with provided buffers and multishot requests: the behaviours the code above the ring relies on.</summary>
public sealed unsafe class ProvidedBufferTests
{
    private const ulong UserData = 1UL << 32 | 7;
    private const int BufferSize = 64;

    [IoUringFact]
    public void A_multishot_receive_takes_one_buffer_per_completion_until_none_is_left_and_keeps_the_rest_in_the_socket()
    {
        using var bench = new Bench(entries: 8, buffers: 2);
        byte[] sent = Payload.Make(3 * BufferSize);
        bench.Peer.Send(sent);
        bench.Push(KernelOperation.ReceiveMultishot);
        List<Completion> completions = bench.UntilTerminal();
        Assert.Equal([BufferSize, BufferSize, -KernelError.ENOBUFS], completions.Select(completion => completion.Result));
        Assert.Equal([true, true, false], completions.Select(completion => completion.HasBuffer));
        Assert.Equal(sent[..BufferSize], bench.Bytes(completions[0]));
        Assert.Equal(sent[BufferSize..(2 * BufferSize)], bench.Bytes(completions[1]));

        bench.Provide(completions[0].Buffer);
        bench.Push(KernelOperation.ReceiveMultishot);
        Completion last = bench.Next();
        Assert.Equal(sent[(2 * BufferSize)..], bench.Bytes(last));
        Assert.False(last.IsTerminal);
    }

    [IoUringFact]
    public void A_cancelled_multishot_receive_ends_and_what_came_before_is_there()
    {
        using var bench = new Bench(entries: 8, buffers: 4);
        bench.Push(KernelOperation.ReceiveMultishot);
        bench.Peer.Send(new byte[5]);
        Assert.Equal(5, bench.Next().Result);
        bench.Peer.Send(new byte[6]);
        bench.Ring.TryPush(new Submission { Operation = KernelOperation.Cancel, CancelTarget = UserData, UserData = Completion.Nobody });
        List<Completion> completions = bench.UntilTerminal();
        Assert.Equal(-KernelError.ECANCELED, completions[^1].Result);
        // Taken by the receive, or left in the socket; never neither.
        Assert.Equal(6, completions.Count > 1 ? completions[0].Result : bench.Socket.Available);
    }

    [IoUringFact]
    public void The_end_of_the_stream_and_a_reset_end_a_multishot_receive()
    {
        using var ended = new Bench(entries: 8, buffers: 2);
        ended.Push(KernelOperation.ReceiveMultishot);
        ended.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, Assert.Single(ended.UntilTerminal()).Result);

        using var reset = new Bench(entries: 8, buffers: 2);
        reset.Push(KernelOperation.ReceiveMultishot);
        reset.Peer.LingerState = new LingerOption(true, 0);
        reset.Peer.Dispose();
        Assert.Equal(-KernelError.ECONNRESET, Assert.Single(reset.UntilTerminal()).Result);
    }

    [IoUringFact]
    public void Buffers_beyond_the_rings_size_in_sum_go_round_and_round()
    {
        // Would catch a tail that is not taken modulo 2^16, or an entry that overwrites it.
        using var bench = new Bench(entries: 8, buffers: 3);
        bench.Push(KernelOperation.ReceiveMultishot);
        for (int i = 0; i < 70_000; i++)
        {
            bench.Peer.Send([(byte)i]);
            Completion completion = bench.Next();
            Assert.True(completion is { Result: 1, IsTerminal: false } && bench.Bytes(completion)[0] == (byte)i, $"Round {i}: {completion.Result}");
            bench.Provide(completion.Buffer);
        }
    }

    [IoUringFact]
    public void Completions_that_do_not_fit_the_ring_lose_no_bytes()
    {
        using var bench = new Bench(entries: 4, buffers: 64);
        byte[] sent = Payload.Make(64 * BufferSize);
        bench.Peer.Send(sent);
        var received = new List<byte>();
        bench.Push(KernelOperation.ReceiveMultishot);
        // Thirty-two completions and more for a ring of sixteen. The kernel may end the multishot there.
        for (int i = 0; i < 10; i++)
        {
            bench.Ring.Enter(wait: false);
        }

        while (received.Count < sent.Length)
        {
            Completion completion = bench.Next();
            Assert.True(completion.Result > 0, $"Errno {-completion.Result}");
            received.AddRange(bench.Bytes(completion));
            if (completion.IsTerminal)
            {
                bench.Push(KernelOperation.ReceiveMultishot);
            }
        }

        Assert.Equal(sent, received);
    }

    [IoUringFact]
    public void A_second_ring_of_buffers_is_refused_and_says_why()
    {
        using var bench = new Bench(entries: 8, buffers: 2);
        Assert.Null(bench.Ring.ProvidedBuffersProblem);
        Assert.False(bench.Ring.TryProvideBuffers(2));
        Assert.Contains("errno 17", bench.Ring.ProvidedBuffersProblem);
    }

    [IoUringFact]
    public void Waiting_for_bytes_takes_none()
    {
        using var bench = new Bench(entries: 8, buffers: 1);
        bench.Push(KernelOperation.WaitReadable);
        bench.Peer.Send(new byte[3]);
        Completion completion = bench.Next();
        Assert.True(completion is { Result: > 0, IsTerminal: true });
        Assert.Equal(3, bench.Socket.Available);
    }

    [IoUringFact]
    public void A_multishot_accept_accepts_again_and_again_until_it_is_cancelled()
    {
        using LinuxRing ring = LinuxRing.Open(8, singleIssuer: false, default, loopRing: null);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Assert.True(ring.TryPush(new Submission { Operation = KernelOperation.AcceptMultishot, Socket = new KernelSocket(listener), UserData = UserData }));
        for (int i = 0; i < 3; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            Completion accepted = Bench.Next(ring);
            Assert.False(accepted.IsTerminal);
            using var server = new Socket(new SafeSocketHandle(accepted.Result, ownsHandle: true));
            Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        }

        ring.TryPush(new Submission { Operation = KernelOperation.Cancel, CancelTarget = UserData, UserData = Completion.Nobody });
        Completion ended = Bench.Next(ring);
        Assert.Equal((-KernelError.ECANCELED, true), (ended.Result, ended.IsTerminal));
    }

    /// <summary>A ring with provided buffers and a connection whose one end it serves.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly LinuxSlab _memory;
        private readonly KernelSocket _handle;
        private readonly Queue<Completion> _reaped = new();

        public Bench(uint entries, int buffers)
        {
            Ring = LinuxRing.Open(entries, singleIssuer: false, default, loopRing: null);
            _memory = LinuxSlab.Allocate((nuint)(buffers * BufferSize));
            Assert.True(Ring.TryProvideBuffers(buffers), Ring.ProvidedBuffersProblem);
            for (int i = 0; i < buffers; i++)
            {
                Provide(i);
            }

            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Peer.Connect(listener.LocalEndPoint!);
            Socket = listener.Accept();
            _handle = new KernelSocket(Socket);
        }

        public LinuxRing Ring { get; }

        public Socket Peer { get; }

        public Socket Socket { get; }

        public void Provide(int number) => Ring.Provide(number, _memory.Address + number * BufferSize, BufferSize);

        public void Push(KernelOperation operation) => Assert.True(Ring.TryPush(new Submission { Operation = operation, Socket = _handle, UserData = UserData }));

        public byte[] Bytes(Completion completion) =>
            new ReadOnlySpan<byte>(_memory.Address + completion.Buffer * BufferSize, completion.Result).ToArray();

        public Completion Next()
        {
            if (_reaped.Count == 0)
            {
                Reap(Ring, _reaped);
            }

            return _reaped.Dequeue();
        }

        public static Completion Next(LinuxRing ring)
        {
            var reaped = new Queue<Completion>();
            Reap(ring, reaped);
            return Assert.Single(reaped);
        }

        public List<Completion> UntilTerminal()
        {
            var completions = new List<Completion>();
            do
            {
                completions.Add(Next());
            }
            while (!completions[^1].IsTerminal);
            return completions;
        }

        public void Dispose()
        {
            Ring.Dispose();
            Peer.Dispose();
            Socket.Dispose();
            // The memory is left alone: the ring goes away a moment after its descriptor.
        }

        private static void Reap(LinuxRing ring, Queue<Completion> reaped)
        {
            Span<Completion> some = stackalloc Completion[16];
            int count = ring.Reap(some);
            while (count == 0)
            {
                ring.Enter(wait: true);
                count = ring.Reap(some);
            }

            foreach (Completion completion in some[..count])
            {
                reaped.Enqueue(completion);
            }
        }
    }
}
