using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Linux;

/// <summary>What the running kernel does with the submissions the ring makes: the behaviours everything above relies on.</summary>
public sealed unsafe class RingBehaviourTests
{
    private const ulong UserData = 1UL << 32 | 7;

    [IoUringFact]
    public void Send_zc_answers_with_a_result_that_has_MORE_and_then_a_notification()
    {
        using LinuxRing ring = OpenRing();
        using Socket socket = SelfConnectedUdp();
        byte* payload = stackalloc byte[16];
        Push(ring, new Submission { Operation = KernelOperation.SendZeroCopy, Socket = new KernelSocket(socket), Buffer = payload, Length = 16 });
        Completion[] completions = Drain(ring);
        Assert.Equal(2, completions.Length);
        Assert.Equal(16, completions[0].Result);
        Assert.False(completions[0].IsTerminal);
        Assert.False(completions[0].IsNotification);
        Assert.True(completions[1].IsTerminal);
        Assert.True(completions[1].IsNotification);
        // Loopback copies on receive, and says so.
        Assert.True(completions[1].WasCopied);
    }

    [IoUringFact]
    public void Send_zc_from_the_registered_slab_works_and_an_address_outside_it_is_refused()
    {
        using LinuxRing ring = OpenRing();
        LinuxSlab slab = LinuxSlab.Allocate(64 * 1024);
        ring.RegisterSlab(slab, source: null);
        Assert.True(ring.SlabRegistered, ring.RegistrationProblem);
        using Socket socket = SelfConnectedUdp();
        var handle = new KernelSocket(socket);
        Push(ring, new Submission { Operation = KernelOperation.SendZeroCopy, Registered = true, Socket = handle, Buffer = slab.Address + 100, Length = 16 });
        Assert.Equal(16, Drain(ring)[0].Result);

        byte* outside = stackalloc byte[16];
        Push(ring, new Submission { Operation = KernelOperation.SendZeroCopy, Registered = true, Socket = handle, Buffer = outside, Length = 16 });
        Completion refused = Drain(ring)[0];
        Assert.Equal(-14, refused.Result); // EFAULT: FIXED_BUF really took the registered region.
        ring.Dispose();
        slab.Free();
    }

    [IoUringFact]
    public void What_waits_for_more_leaves_when_the_socket_is_uncorked_and_its_options_stay()
    {
        const int SolTcp = 6;
        const int TcpCork = 3;
        Assert.True(LinuxKernel.TryCreate(out LinuxKernel? kernel, out string? problem), problem);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        byte* payload = stackalloc byte[16];
        // It waits up to 200 ms, which a machine may be busy for; but not every time.
        bool waited = false;
        for (int attempt = 0; attempt < 20 && !waited; attempt++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            client.Connect(listener.LocalEndPoint!);
            using Socket server = listener.Accept();
            var handle = new KernelSocket(client);
            Assert.Equal(16, kernel.TrySend(new Submission { Operation = KernelOperation.Send, Socket = handle, Buffer = payload, Length = 16, MoreFollows = true }));
            waited = server.Available == 0;
            kernel.Uncork(handle);
            Assert.True(server.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead));
            Assert.Equal(16, server.Available);
            Assert.True(client.NoDelay);
            byte[] cork = new byte[sizeof(int)];
            client.GetRawSocketOption(SolTcp, TcpCork, cork);
            Assert.Equal(0, BitConverter.ToInt32(cork));
        }

        Assert.True(waited);
    }

    [IoUringFact]
    public void Disposing_a_ring_again_does_not_close_what_has_its_numbers_by_then()
    {
        LinuxRing ring = OpenRing();
        ring.Dispose();
        int[] next = [Libc.NewEventFd(), Libc.NewEventFd()];
        ring.Dispose();
        Assert.All(next, fd => Assert.True(File.Exists($"/proc/self/fd/{fd}")));
        Array.ForEach(next, Libc.CloseFd);
    }

    [IoUringFact]
    public void A_second_ring_sends_from_the_slab_registered_with_the_first()
    {
        using LinuxRing first = OpenRing();
        using LinuxRing second = OpenRing();
        LinuxSlab slab = LinuxSlab.Allocate(64 * 1024);
        first.RegisterSlab(slab, source: null);
        second.RegisterSlab(slab, first);
        Assert.True(second.SlabRegistered, second.RegistrationProblem);
        using Socket socket = SelfConnectedUdp();
        Push(second, new Submission { Operation = KernelOperation.SendZeroCopy, Registered = true, Socket = new KernelSocket(socket), Buffer = slab.Address, Length = 16 });
        Assert.Equal(16, Drain(second)[0].Result);
    }

    [IoUringFact]
    public void An_error_without_MORE_is_the_only_completion()
    {
        using LinuxRing ring = OpenRing();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        byte* payload = stackalloc byte[16];
        Push(ring, new Submission { Operation = KernelOperation.SendZeroCopy, Socket = new KernelSocket(socket), Buffer = payload, Length = 16 });
        Completion[] completions = Drain(ring);
        Assert.Equal(-KernelError.EPIPE, completions[0].Result);
        // Whether a notification follows an error is the kernel's choice; MORE tells, and there is nothing after it ends.
        Assert.Equal(completions[0].IsTerminal ? 1 : 2, completions.Length);
    }

    [IoUringFact]
    public void A_cancelled_receive_ends_with_ECANCELED()
    {
        using LinuxRing ring = OpenRing();
        using Socket socket = SelfConnectedUdp();
        byte* room = stackalloc byte[16];
        Push(ring, new Submission { Operation = KernelOperation.Receive, Socket = new KernelSocket(socket), Buffer = room, Length = 16 });
        ring.Enter(wait: false);
        Push(ring, new Submission { Operation = KernelOperation.Cancel, CancelTarget = UserData }, Completion.Nobody);
        Assert.Equal(-KernelError.ECANCELED, Drain(ring)[0].Result);
    }

    [IoUringFact]
    public void Cancelling_a_socket_ends_its_operations_and_no_others()
    {
        using LinuxRing ring = OpenRing();
        using Socket socket = SelfConnectedUdp();
        using Socket other = SelfConnectedUdp();
        byte* room = stackalloc byte[32];
        var handle = new KernelSocket(socket);
        Push(ring, new Submission { Operation = KernelOperation.Receive, Socket = new KernelSocket(other), Buffer = room + 16, Length = 16 }, UserData + 1);
        Push(ring, new Submission { Operation = KernelOperation.Receive, Socket = handle, Buffer = room, Length = 16 });
        ring.Enter(wait: false);
        Push(ring, new Submission { Operation = KernelOperation.CancelSocket, Socket = handle }, Completion.Nobody);
        Completion ended = Assert.Single(Drain(ring));
        Assert.Equal(UserData, ended.UserData);
        Assert.Equal(-KernelError.ECANCELED, ended.Result);
        other.Send(new byte[4]);
        Assert.Equal(4, Drain(ring)[0].Result);
    }

    [IoUringFact]
    public void A_wake_from_another_thread_ends_a_sleep_every_time()
    {
        using LinuxRing ring = OpenRing();
        var waker = new Thread(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                ring.Wake();
                Thread.Yield();
            }
        });
        ring.Enter(wait: false);
        Assert.Empty(Reap(ring));
        waker.Start();
        ring.Enter(wait: true);
        waker.Join();
        Assert.Empty(Reap(ring));

        // And again, after the first wake has been taken in.
        ring.Wake();
        ring.Enter(wait: true);
        Assert.Empty(Reap(ring));
    }

    [IoUringFact]
    public void More_completions_than_the_ring_holds_are_all_delivered()
    {
        using LinuxRing ring = LinuxRing.Open(4, singleIssuer: false, new ZeroCopyFeatures(UsageReports: true, Gather: true, RegisteredGather: true), loopRing: null);
        using Socket socket = SelfConnectedUdp();
        var handle = new KernelSocket(socket);
        byte* payload = stackalloc byte[1];
        const int Sends = 100;
        for (int i = 0; i < Sends; i++)
        {
            var send = new Submission { Operation = KernelOperation.SendZeroCopy, Socket = handle, Buffer = payload, Length = 1, UserData = UserData + (ulong)i };
            Assert.True(ring.TryPush(send));
            ring.Enter(wait: false);
        }

        var results = new HashSet<ulong>();
        var notifications = new HashSet<ulong>();
        while (notifications.Count < Sends)
        {
            ring.Enter(wait: false);
            foreach (Completion completion in Reap(ring))
            {
                Assert.True((completion.IsNotification ? notifications : results).Add(completion.UserData));
            }
        }

        Assert.Equal(Sends, results.Count);
    }

    [IoUringFact]
    public void A_receive_from_reports_the_sender_and_a_cut_datagram()
    {
        using LinuxRing ring = OpenRing();
        using Socket socket = SelfConnectedUdp();
        var block = default(MessageBlock);
        byte* room = stackalloc byte[4];
        Push(ring, new Submission { Operation = KernelOperation.ReceiveFrom, Socket = new KernelSocket(socket), Buffer = room, Length = 4, Message = &block });
        socket.Send(new byte[10]);
        Assert.Equal(4, Drain(ring)[0].Result);
        MessageHeaders.FinishReceive(&block);
        Assert.NotEqual(0, block.Truncated);
        Assert.Equal((IPEndPoint)socket.LocalEndPoint!, new PeerAddress(block.AddressBytes, block.AddressLength).ToIPEndPoint());
    }

    private static LinuxRing OpenRing() => LinuxRing.Open(8, singleIssuer: false, new ZeroCopyFeatures(UsageReports: true, Gather: true, RegisteredGather: true), loopRing: null);

    private static Socket SelfConnectedUdp()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(socket.LocalEndPoint!);
        return socket;
    }

    private static void Push(LinuxRing ring, Submission submission, ulong userData = UserData)
    {
        submission.UserData = userData;
        Assert.True(ring.TryPush(submission));
    }

    /// <summary>Waits until something ended, then takes out everything there is.</summary>
    private static Completion[] Drain(LinuxRing ring)
    {
        var completions = new List<Completion>();
        while (!completions.Exists(completion => completion.IsTerminal))
        {
            ring.Enter(wait: true);
            completions.AddRange(Reap(ring));
        }

        return [.. completions];
    }

    private static Completion[] Reap(LinuxRing ring)
    {
        var all = new List<Completion>();
        Span<Completion> some = stackalloc Completion[16];
        int count;
        while ((count = ring.Reap(some)) > 0)
        {
            all.AddRange(some[..count]);
        }

        return [.. all];
    }
}
