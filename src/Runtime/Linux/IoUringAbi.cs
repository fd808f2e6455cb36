using System.Runtime.InteropServices;

namespace ZeroCopySockets.Linux;

// The part of linux/io_uring.h that is used, written once. AbiTests compares every size, offset and constant with the
// installed header, and the start-up probe checks the behaviour of the running kernel.

/// <summary>struct io_uring_sqe.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct SubmissionEntry
{
    [FieldOffset(0)] public byte Opcode;
    [FieldOffset(1)] public byte Flags;
    [FieldOffset(2)] public ushort IoPrio;
    [FieldOffset(4)] public int Fd;

    /// <summary>off, or addr2 where an operation has a second address.</summary>
    [FieldOffset(8)] public ulong Offset;
    [FieldOffset(16)] public ulong Address;
    [FieldOffset(24)] public uint Length;

    /// <summary>msg_flags, accept_flags, cancel_flags, poll32_events: one field.</summary>
    [FieldOffset(28)] public uint OperationFlags;
    [FieldOffset(32)] public ulong UserData;
    [FieldOffset(40)] public ushort BufferIndex;
    [FieldOffset(44)] public ushort AddressLength;
}

/// <summary>struct io_uring_cqe.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct CompletionEntry
{
    [FieldOffset(0)] public ulong UserData;
    [FieldOffset(8)] public int Result;
    [FieldOffset(12)] public uint Flags;
}

/// <summary>struct io_sqring_offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubmissionRingOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Flags;
    public uint Dropped;
    public uint Array;
    public uint Reserved1;
    public ulong UserAddress;
}

/// <summary>struct io_cqring_offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CompletionRingOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Overflow;
    public uint Entries;
    public uint Flags;
    public uint Reserved1;
    public ulong UserAddress;
}

/// <summary>struct io_uring_params.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingParameters
{
    public uint SubmissionEntries;
    public uint CompletionEntries;
    public uint Flags;
    public uint SqThreadCpu;
    public uint SqThreadIdle;
    public uint Features;
    public uint WqFd;
    public uint Reserved0;
    public uint Reserved1;
    public uint Reserved2;
    public SubmissionRingOffsets SubmissionOffsets;
    public CompletionRingOffsets CompletionOffsets;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public void* Base;
    public nuint Length;
}

/// <summary>struct msghdr, 64-bit Linux (bits/socket.h; the kernel's user_msghdr).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>struct cmsghdr, 64-bit Linux (bits/socket.h), with an int behind it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
    public int Value;
}

/// <summary>struct io_uring_clone_buffers (Linux 6.12).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CloneBuffers
{
    public uint SourceFd;
    public uint Flags;
    public uint SourceOffset;
    public uint DestinationOffset;
    public uint Count;
    public fixed uint Padding[3];
}

/// <summary>struct io_uring_buf. The ring's tail lies over the last field of its first entry (struct io_uring_buf_ring).</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct ProvidedBuffer
{
    [FieldOffset(0)] public ulong Address;
    [FieldOffset(8)] public uint Length;
    [FieldOffset(12)] public ushort Number;
    [FieldOffset(14)] public ushort Tail;
}

/// <summary>struct io_uring_buf_reg (Linux 5.19).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BufferRingRegistration
{
    public ulong RingAddress;
    public uint RingEntries;
    public ushort Group;
    public ushort Flags;
    public fixed ulong Reserved[3];
}

/// <summary>struct io_uring_rsrc_register, for files.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileTable
{
    public uint Count;
    public uint Flags;
    public ulong Reserved;
    public ulong Data;
    public ulong Tags;
}

/// <summary>struct io_uring_rsrc_update.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceUpdate
{
    public uint Offset;
    public uint Reserved;
    public ulong Data;
}

internal static class IoUringAbi
{
    public const int SyscallSetup = 425;
    public const int SyscallEnter = 426;
    public const int SyscallRegister = 427;

    public const byte OpPollAdd = 6;
    public const byte OpSendMsg = 9;
    public const byte OpRecvMsg = 10;
    public const byte OpAccept = 13;
    public const byte OpAsyncCancel = 14;
    public const byte OpConnect = 16;
    public const byte OpSend = 26;
    public const byte OpRecv = 27;
    public const byte OpSendZc = 47;
    public const byte OpSendMsgZc = 48;

    public const byte SqeFixedFile = 1 << 0;
    public const byte SqeBufferSelect = 1 << 5;
    public const ushort RecvSendPollFirst = 1 << 0;
    public const ushort RecvMultishot = 1 << 1;
    public const ushort AcceptMultishot = 1 << 0;
    public const ushort RecvSendFixedBuf = 1 << 2;
    public const ushort SendZcReportUsage = 1 << 3;
    public const uint PollAddMulti = 1 << 0;
    public const uint AsyncCancelAll = 1 << 0;
    public const uint AsyncCancelFd = 1 << 1;

    public const uint SetupCqSize = 1 << 3;
    public const uint SetupClamp = 1 << 4;
    public const uint SetupSubmitAll = 1 << 7;
    public const uint SetupCoopTaskrun = 1 << 8;
    public const uint SetupTaskrunFlag = 1 << 9;
    public const uint SetupCqe32 = 1 << 11;
    public const uint SetupSingleIssuer = 1 << 12;
    public const uint SetupDeferTaskrun = 1 << 13;

    public const uint FeatSingleMmap = 1 << 0;
    public const uint FeatNoDrop = 1 << 1;
    public const uint FeatSubmitStable = 1 << 2;
    public const uint FeatFastPoll = 1 << 5;
    public const uint FeatRwAttr = 1 << 16;

    public const uint EnterGetEvents = 1 << 0;
    public const uint EnterRegisteredRing = 1 << 4;
    public const uint SqCqOverflow = 1 << 1;
    public const uint SqTaskrun = 1 << 2;
    public const uint CqEventFdDisabled = 1 << 0;

    public const uint RegisterBuffers = 0;
    public const uint RegisterEventFd = 4;
    public const uint RegisterFilesUpdate = 6;
    public const uint RegisterFiles2 = 13;
    public const uint RegisterRingFds = 20;
    public const uint UnregisterRingFds = 21;
    public const uint RegisterBufferRing = 22;
    public const uint RegisterCloneBuffers = 30;
    public const uint RegisterZeroCopyReceive = 32;

    public const uint FileTableSparse = 1 << 0;

    public const long OffsetSqRing = 0;
    public const long OffsetSqes = 0x1000_0000;
}
