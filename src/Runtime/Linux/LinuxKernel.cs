using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Linux;

/// <summary>The real thing: Linux io_uring, found fit by trying it out once at start-up.</summary>
internal sealed unsafe class LinuxKernel : Kernel
{
    private const uint LoopEntries = 1024;
    private const uint CallerEntries = 256;
    private const uint SmallestEntries = 64;

    private readonly ZeroCopyFeatures _features;

    private LinuxKernel(ZeroCopyFeatures features)
    {
        _features = features;
        Description = $"io_uring on Linux {Environment.OSVersion.Version}, zero-copy send{(features.UsageReports ? " with usage reports" : "")}{(features.Gather ? ", scatter-gather" : "")}{(features.RegisteredGather ? " from registered memory" : "")}";
    }

    public override EngineKind Kind => EngineKind.IoUring;

    public override string Description { get; }

    public override bool SupportsZeroCopy => true;

    public override bool SupportsGatheredZeroCopy => _features.Gather;

    public override bool SupportsRegisteredGather => _features.RegisteredGather;

    public override bool CutsDatagrams(Socket socket)
    {
        if (socket.ProtocolType != ProtocolType.Udp)
        {
            return false;
        }

        try
        {
            // Where its user has set a size to cut at, that is what is done with each of his sends.
            Span<byte> size = stackalloc byte[sizeof(int)];
            socket.GetRawSocketOption(Libc.SolUdp, Libc.UdpSegment, size);
            return BitConverter.ToInt32(size) == 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Tries io_uring out. False with a reason that says what to do.</summary>
    public static bool TryCreate([NotNullWhen(true)] out LinuxKernel? kernel, [NotNullWhen(false)] out string? problem)
    {
        kernel = null;
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            problem = "io_uring needs 64-bit Linux";
            return false;
        }

        try
        {
            if (ZeroCopyProbe.Find(out int error) is not { } features)
            {
                problem = $"this kernel's io_uring has no zero-copy send (errno {-error}); it needs Linux 6.0 or newer";
                return false;
            }

            kernel = new LinuxKernel(features);
            problem = null;
            return true;
        }
        catch (KernelException e)
        {
            problem = Explain(e);
            return false;
        }
        catch (SocketException e)
        {
            problem = $"the start-up probe could not use a loopback UDP socket ({e.SocketErrorCode})";
            return false;
        }
    }

    public override Slab AllocateSlab(nuint length) => LinuxSlab.Allocate(length);

    public override Slab AllocateReceiveMemory(nuint length) => LinuxSlab.Allocate(length, populate: false);

    public override KernelRing OpenLoopRing() => OpenAsLargeAsAllowed(LoopEntries, singleIssuer: true, loopRing: null);

    public override KernelRing OpenCallerRing(KernelRing loopRing) => OpenAsLargeAsAllowed(CallerEntries, singleIssuer: false, (LinuxRing)loopRing);

    public override int TrySend(in Submission submission)
    {
        int flags = Libc.MsgDontWait | Libc.MsgNoSignal | (submission.MoreFollows ? Libc.MsgMore : 0);
        int fd = submission.Socket!.Fd;
        MessageBlock* message = submission.Message;
        return submission.Segments != null ? Libc.TrySendMessage(fd, MessageHeaders.OfSend(submission), flags)
            : submission.HasDestination ? Libc.TrySend(fd, submission.Buffer, (nuint)submission.Length, flags, message->Address, (uint)message->AddressLength)
            : Libc.TrySend(fd, submission.Buffer, (nuint)submission.Length, flags, null, 0);
    }

    public override void Uncork(KernelSocket socket) => Libc.ClearCork(socket.Fd);

    public override int TryReceive(KernelSocket socket, byte* buffer, int length) =>
        Libc.TryReceive(socket.Fd, buffer, (nuint)length, Libc.MsgDontWait);

    public override int TryReceiveFrom(KernelSocket socket, byte* buffer, int length, MessageBlock* message)
    {
        int result = Libc.TryReceiveMessage(socket.Fd, MessageHeaders.OfReceive(message, buffer, length), Libc.MsgDontWait);
        if (result >= 0)
        {
            MessageHeaders.FinishReceive(message);
        }

        return result;
    }

    public override Socket TakeAccepted(int result) => new(new SafeSocketHandle(result, ownsHandle: true));

    public override void Adopt(Socket socket)
    {
        // An asynchronous operation of System.Net.Sockets leaves the descriptor non-blocking for ever, whatever
        // Socket.Blocking says of it, and io_uring would answer EAGAIN instead of waiting.
        int result = Libc.MakeBlocking((int)socket.Handle);
        if (result < 0)
        {
            throw KernelError.ToException(-result);
        }
    }

    public override EndPoint LocalEndPoint(KernelSocket socket)
    {
        // Socket.LocalEndPoint knows nothing of a connect it did not make.
        Span<byte> address = stackalloc byte[MessageBlock.MaxAddressLength];
        uint length = (uint)address.Length;
        fixed (byte* pointer = address)
        {
            int result = Libc.LocalAddress(socket.Fd, pointer, &length);
            return result < 0 ? throw KernelError.ToException(-result) : NativeAddress.ToEndPoint(address[..Math.Min((int)length, address.Length)]);
        }
    }

    public override void FinishReceiveFrom(MessageBlock* message) => MessageHeaders.FinishReceive(message);

    /// <summary>Rings count as locked memory: where the limit is low, a smaller one works all the same, only with more system calls.</summary>
    private LinuxRing OpenAsLargeAsAllowed(uint entries, bool singleIssuer, LinuxRing? loopRing)
    {
        while (true)
        {
            try
            {
                return LinuxRing.Open(entries, singleIssuer, _features, loopRing);
            }
            catch (KernelException e) when (e.Errno == KernelError.ENOMEM && entries > SmallestEntries)
            {
                entries /= 2;
            }
        }
    }

    /// <summary>What to do about a refusal, for a person.</summary>
    public static string Explain(KernelException e) => e.Errno switch
    {
        KernelError.ENOSYS => "this kernel has no io_uring (Linux 6.0 or newer is needed), or a seccomp profile hides it: container runtimes block io_uring_setup by default; allow io_uring_setup, io_uring_enter and io_uring_register in the profile",
        KernelError.EPERM or KernelError.EACCES => ProcessLimits.WhyForbidden(),
        KernelError.ENOMEM => $"{e.Message}: the limit on locked memory is too low for the rings (now {LimitText()}); raise `ulimit -l` (LimitMEMLOCK= in systemd, memlock in limits.conf)",
        _ => e.Message,
    };

    /// <summary>The limit on locked memory, for a person.</summary>
    public static string LimitText()
    {
        ulong limit = Libc.LockedMemoryLimit();
        return limit == ulong.MaxValue ? "unlimited" : $"{limit / 1024} KiB";
    }
}
