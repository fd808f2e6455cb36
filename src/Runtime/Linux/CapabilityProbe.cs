using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using static ZeroCopySockets.Linux.IoUringAbi;

namespace ZeroCopySockets.Linux;

/// <summary>
/// Does once, on a small ring and loopback sockets, what each capability is for, and looks whether it happened. What an
/// opcode does counts, not what a table says of it.
/// </summary>
internal sealed unsafe class CapabilityProbe(LinuxRing ring, LinuxSlab slab, Socket socket)
{
    private const int Length = 8;
    private const ulong UserData = 1UL << 32;

    private static readonly (string Name, string Use, Func<CapabilityProbe, int> Try)[] s_capabilities =
    [
        ("IORING_OP_SEND_ZC", "zero-copy send; needs Linux 6.0", static p => p.Send(OpSendZc, 0)),
        ("IORING_SEND_ZC_REPORT_USAGE", "tells whether the kernel copied after all; needs Linux 6.2", static p => p.Send(OpSendZc, SendZcReportUsage)),
        ("IORING_OP_SENDMSG_ZC", "zero-copy send of several pieces; needs Linux 6.1", static p => p.Send(OpSendMsgZc, 0)),
        ("IORING_REGISTER_BUFFERS", "memory pinned once instead of by each send; needs locked memory", static p => p.RegisterSlab() is < 0 and var errno ? errno : p.Send(OpSendZc, RecvSendFixedBuf)),
        ("IORING_REGISTER_CLONE_BUFFERS", "several rings share memory pinned once; needs Linux 6.12", static p => p.Clone()),
        ("IORING_OP_SENDMSG_ZC from registered buffers", "several pieces of registered memory; needs Linux 6.15, used from 6.18 because earlier kernels let go of the memory too early", static p => p.Send(OpSendMsgZc, RecvSendFixedBuf)),
        ("IORING_REGISTER_PBUF_RING", "receive buffers are chosen when data arrives; needs Linux 5.19", static p => p.ProvideBuffer()),
        ("IORING_RECV_MULTISHOT", "one request, many receives; needs Linux 6.0", static p => p.Receive()),
        ("IORING_ACCEPT_MULTISHOT", "one request, many connections; needs Linux 5.19", static p => p.Accept()),
        ("IORING_SETUP_DEFER_TASKRUN", "completions are worked off when the loop asks; needs Linux 6.1", static p => p.DeferTaskrun()),
        ("IORING_REGISTER_ZCRX_IFQ", "zero-copy receive; needs Linux 6.15 and a network card that can; not used", static p => p.ZeroCopyReceive()),
    ];

    /// <summary>io_uring itself, then everything that rests on it, in the order of <see cref="KernelCapabilities"/>.</summary>
    public static IReadOnlyList<KernelCapability> TryAll()
    {
        if (!Environment.Is64BitProcess)
        {
            return NothingBecause("needs a 64-bit process");
        }

        try
        {
            // Connected to itself: what it sends it may receive.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Connect(socket.LocalEndPoint!);
            using LinuxRing ring = LinuxRing.Open(8, true, default, null);
            LinuxSlab slab = LinuxSlab.Allocate((nuint)Environment.SystemPageSize * 2);
            try
            {
                var probe = new CapabilityProbe(ring, slab, socket);
                return [IoUring(true, "usable by this process"), .. s_capabilities.Select(probe.Try)];
            }
            finally
            {
                // Every operation of the probe has ended, so nothing reads or writes here any more.
                slab.Free();
            }
        }
        catch (KernelException e)
        {
            return NothingBecause(LinuxKernel.Explain(e));
        }
        catch (SocketException e)
        {
            return NothingBecause($"a loopback socket to try it with could not be had ({e.SocketErrorCode})");
        }
    }

    public static IReadOnlyList<KernelCapability> NothingBecause(string reason) =>
        [IoUring(false, reason), .. s_capabilities.Select(static capability => new KernelCapability(capability.Name, false, $"{capability.Use}; not tried without io_uring"))];

    private static KernelCapability IoUring(bool available, string explanation) => new("io_uring", available, explanation);

    private KernelCapability Try((string Name, string Use, Func<CapabilityProbe, int> Try) capability)
    {
        int result;
        try
        {
            result = capability.Try(this);
        }
        catch (Exception e) when (e is KernelException or SocketException)
        {
            return new KernelCapability(capability.Name, false, $"{capability.Use}; could not be tried: {e.Message}");
        }

        return result switch
        {
            >= 0 => new KernelCapability(capability.Name, true, capability.Use),
            -KernelError.ENOMEM => new KernelCapability(capability.Name, false, $"{capability.Use}; the limit on locked memory is reached ({LinuxKernel.LimitText()})"),
            _ => new KernelCapability(capability.Name, false, $"{capability.Use}; refused with errno {-result}"),
        };
    }

    /// <summary>Sends a few bytes, takes in both completions and, so that the next try finds the socket empty, the bytes.</summary>
    private int Send(byte opcode, ushort flags)
    {
        var vector = new IoVector { Base = slab.Address, Length = Length };
        var header = new MessageHeader { Vectors = &vector, VectorCount = 1 };
        bool gathered = opcode == OpSendMsgZc;
        Completion first = ring.Run(new SubmissionEntry
        {
            Opcode = opcode,
            IoPrio = flags,
            Fd = (int)socket.Handle,
            Address = gathered ? (ulong)&header : (ulong)slab.Address,
            Length = gathered ? 1u : Length,
            UserData = UserData,
        });
        if (first.Result > 0)
        {
            socket.Receive(stackalloc byte[Length]);
        }

        if (!first.IsTerminal)
        {
            ring.Next();
        }

        // ENOMEM is the limit on locked memory: the operation is there, and sends that find no room are copied.
        return first.Result == -KernelError.ENOMEM ? Length : OrUnexpected(first.Result);
    }

    private int RegisterSlab()
    {
        var vector = new IoVector { Base = slab.Address, Length = slab.Length };
        return ring.Register(RegisterBuffers, &vector, 1);
    }

    private int Clone()
    {
        using var second = LinuxRing.Open(8, true, default, null);
        var clone = new CloneBuffers { SourceFd = (uint)ring.Descriptor };
        return second.Register(RegisterCloneBuffers, &clone, 1);
    }

    /// <summary>Registers a ring of two buffers on the slab's second page, and provides one: the first page.</summary>
    private int ProvideBuffer()
    {
        var buffers = (ProvidedBuffer*)(slab.Address + Environment.SystemPageSize);
        var registration = new BufferRingRegistration { RingAddress = (ulong)buffers, RingEntries = 2 };
        int result = ring.Register(RegisterBufferRing, &registration, 1);
        if (result >= 0)
        {
            buffers->Address = (ulong)slab.Address;
            buffers->Length = Length;
            // Release: the kernel must see the entry before the tail that makes it a buffer.
            Volatile.Write(ref buffers->Tail, 1);
        }

        return result;
    }

    private int Receive()
    {
        socket.Send(stackalloc byte[Length]);
        int result = Multishot(new SubmissionEntry { Opcode = OpRecv, Flags = SqeBufferSelect, IoPrio = RecvMultishot, Fd = (int)socket.Handle, UserData = UserData });
        if (socket.Available > 0)
        {
            socket.Receive(stackalloc byte[Length]);
        }

        return OrUnexpected(result);
    }

    private int Accept()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        int result = Multishot(new SubmissionEntry
        {
            Opcode = OpAccept,
            IoPrio = AcceptMultishot,
            Fd = (int)listener.Handle,
            OperationFlags = Libc.SockCloexec,
            UserData = UserData,
        });
        if (result >= 0)
        {
            Libc.CloseFd(result);
        }

        return result;
    }

    /// <summary>The result of a request that goes on after its first completion, or else is none of ours; then ends it.</summary>
    private int Multishot(in SubmissionEntry entry)
    {
        Completion first = ring.Run(entry);
        if (first.IsTerminal)
        {
            return first.Result < 0 ? first.Result : -KernelError.EOPNOTSUPP;
        }

        ring.Run(new SubmissionEntry { Opcode = OpAsyncCancel, Fd = -1, Address = UserData, UserData = UserData + 1 });
        // The cancellation and what it cancels both end; in either order.
        ring.Next();
        return first.Result;
    }

    private int DeferTaskrun()
    {
        var parameters = new RingParameters { Flags = SetupSingleIssuer | SetupDeferTaskrun };
        return Close(Libc.IoUringSetup(1, &parameters));
    }

    /// <summary>Asks for an interface queue with nothing in the request: a kernel that knows the request faults on it or asks for privileges.</summary>
    private int ZeroCopyReceive()
    {
        var parameters = new RingParameters { Flags = SetupSingleIssuer | SetupDeferTaskrun | SetupCqe32 };
        int fd = Libc.IoUringSetup(1, &parameters);
        if (fd < 0)
        {
            return fd;
        }

        byte* request = stackalloc byte[128];
        new Span<byte>(request, 128).Clear();
        int result = Libc.IoUringRegister(fd, RegisterZeroCopyReceive, request, 1);
        Libc.CloseFd(fd);
        const int Fault = 14;
        return result is -KernelError.EPERM or -Fault ? 0 : result;
    }

    /// <summary>An errno as it is; success only with all bytes.</summary>
    private static int OrUnexpected(int result) => result is < 0 or Length ? result : -KernelError.EOPNOTSUPP;

    private static int Close(int fd)
    {
        if (fd >= 0)
        {
            Libc.CloseFd(fd);
        }

        return fd;
    }
}
