using System.Runtime.InteropServices;

namespace ZeroCopySockets.Linux;

/// <summary>The system calls that are made directly. Each returns a negative errno on failure instead of setting errno.</summary>
internal static unsafe partial class Libc
{
    public const int ProtReadWrite = 0x1 | 0x2;
    public const int MapShared = 0x01;
    public const int MapPrivate = 0x02;
    public const int MapAnonymous = 0x20;
    public const int MapPopulate = 0x8000;
    public const int MadvDontFork = 10;
    public const int EfdCloexec = 0x80000;
    public const int EfdNonblock = 0x800;
    public const int SockCloexec = 0x80000;
    public const int MsgTrunc = 0x20;
    public const int MsgDontWait = 0x40;
    public const int MsgWaitAll = 0x100;
    public const int MsgNoSignal = 0x4000;
    public const int MsgMore = 0x8000;
    public const int SolTcp = 6;
    public const int TcpCork = 3;
    public const int SolUdp = 17;
    public const int UdpSegment = 103;
    public const int UdpGro = 104;
    public const short PollIn = 1;
    public const int RlimitMemlock = 8;
    public const int FcntlGetFlags = 3;
    public const int FcntlSetFlags = 4;
    public const int OpenNonblock = 0x800;
    public const int RlimitNoFile = 7;

    public static int IoUringSetup(uint entries, RingParameters* parameters) =>
        (int)OrErrno(Syscall(IoUringAbi.SyscallSetup, (nint)entries, (nint)parameters, 0, 0, 0, 0));

    public static int IoUringEnter(int ring, uint toSubmit, uint minComplete, uint flags) =>
        (int)OrErrno(Syscall(IoUringAbi.SyscallEnter, ring, (nint)toSubmit, (nint)minComplete, (nint)flags, 0, 0));

    public static int IoUringRegister(int ring, uint opcode, void* argument, uint count) =>
        (int)OrErrno(Syscall(IoUringAbi.SyscallRegister, ring, (nint)opcode, (nint)argument, (nint)count, 0, 0));

    /// <summary>Address of the mapping, or null.</summary>
    public static byte* MapMemory(nuint length, int flags, int fd, long offset)
    {
        nint address = Mmap(0, length, ProtReadWrite, flags, fd, offset);
        return address == -1 ? null : (byte*)address;
    }

    public static void UnmapMemory(void* address, nuint length) => Munmap(address, length);

    public static void AdviseDontFork(void* address, nuint length) => Madvise(address, length, MadvDontFork);

    public static int NewEventFd() => (int)OrErrno(EventFd(0, EfdCloexec | EfdNonblock));

    public static void SignalEventFd(int fd)
    {
        ulong one = 1;
        Write(fd, &one, sizeof(ulong));
    }

    public static void CloseFd(int fd) => Close(fd);

    public static int TrySend(int fd, void* buffer, nuint length, int flags, void* address, uint addressLength) =>
        (int)OrErrno(SendTo(fd, buffer, length, flags, address, addressLength));

    public static int TrySendMessage(int fd, MessageHeader* message, int flags) => (int)OrErrno(SendMsg(fd, message, flags));

    public static int TryReceive(int fd, void* buffer, nuint length, int flags) => (int)OrErrno(Recv(fd, buffer, length, flags));

    public static int TryReceiveMessage(int fd, MessageHeader* message, int flags) => (int)OrErrno(RecvMsg(fd, message, flags));

    public static int LocalAddress(int fd, void* address, uint* addressLength) => (int)OrErrno(GetSockName(fd, address, addressLength));

    /// <summary>Switches TCP_CORK off, which sends what waits for a full packet, whether it was on or not.</summary>
    public static void ClearCork(int fd)
    {
        int off = 0;
        SetSockOpt(fd, SolTcp, TcpCork, &off, sizeof(int));
    }

    /// <summary>Clears O_NONBLOCK of the open socket, for all who share it.</summary>
    public static int MakeBlocking(int fd)
    {
        int flags = (int)OrErrno(Fcntl(fd, FcntlGetFlags, 0));
        return flags < 0 || (flags & OpenNonblock) == 0 ? flags : (int)OrErrno(Fcntl(fd, FcntlSetFlags, flags & ~OpenNonblock));
    }

    /// <summary>The soft limit on locked memory in bytes; <see cref="ulong.MaxValue"/> for unlimited or unknown.</summary>
    public static ulong LockedMemoryLimit() => SoftLimit(RlimitMemlock);

    /// <summary>The soft limit on open descriptors; <see cref="ulong.MaxValue"/> for unlimited or unknown.</summary>
    public static ulong DescriptorLimit() => SoftLimit(RlimitNoFile);

    private static ulong SoftLimit(int resource)
    {
        ulong* limits = stackalloc ulong[2];
        return GetRlimit(resource, limits) == 0 ? limits[0] : ulong.MaxValue;
    }

    // Asked for only where there is one: SetLastError would clear errno before each call and copy it after, which takes as long as
    // much of a short send. Nothing comes between the call and this, as in what SetLastError would have generated.
    private static nint OrErrno(nint result) => result == -1 ? -Marshal.GetLastSystemError() : result;

    // syscall(2) is variadic in C; on every Linux ABI .NET runs on, variadic integer arguments travel like ordinary ones.
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int fd, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "sendto")]
    private static partial nint SendTo(int fd, void* buffer, nuint length, int flags, void* address, uint addressLength);

    [LibraryImport("libc", EntryPoint = "sendmsg")]
    private static partial nint SendMsg(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Recv(int fd, void* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg")]
    private static partial nint RecvMsg(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int GetSockName(int fd, void* address, uint* addressLength);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetSockOpt(int fd, int level, int name, void* value, uint length);

    // Variadic in C, as syscall(2) above.
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetRlimit(int resource, ulong* limits);
}
