using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

internal enum KernelOperation : byte
{
    Send,
    SendZeroCopy,
    Receive,
    ReceiveFrom,

    /// <summary>Completes when a receive would not have to wait: with data, an end or an error. Takes nothing, holds no memory.</summary>
    WaitReadable,
    Accept,
    Connect,

    /// <summary>Receives into provided buffers, one per completion, until a completion without F_MORE.</summary>
    ReceiveMultishot,

    /// <summary>Accepts one connection per completion, until a completion without F_MORE.</summary>
    AcceptMultishot,

    /// <summary>Cancels the operation whose user data is <see cref="Submission.CancelTarget"/>.</summary>
    Cancel,

    /// <summary>Cancels every operation of <see cref="Submission.Socket"/> on this ring.</summary>
    CancelSocket,
}

/// <summary>One request to the kernel.</summary>
internal unsafe struct Submission
{
    public KernelOperation Operation;

    /// <summary>The buffer lies in the registered slab.</summary>
    public bool Registered;

    /// <summary>A stream: the kernel retries short sends until everything is accounted (MSG_WAITALL).</summary>
    public bool WaitAll;

    /// <summary>A receive that would find nothing now: the kernel need not try before it waits.</summary>
    public bool PollFirst;

    /// <summary>A stream's last packet, if it is not full, may wait for what is sent next (MSG_MORE), or for <see cref="Kernel.Uncork"/>.</summary>
    public bool MoreFollows;

    /// <summary>Bytes at <see cref="Buffer"/>, or the number of <see cref="Segments"/>.</summary>
    public int Length;
    public KernelSocket? Socket;

    /// <summary>The socket's place in the ring; 0: it has none.</summary>
    public int Place;
    public byte* Buffer;

    /// <summary>A send in several pieces; instead of <see cref="Buffer"/>.</summary>
    public Segment* Segments;

    /// <summary>
    /// Where a datagram or connect goes to, or where the kernel writes who sent it; with segments the room for the message
    /// header. Stays put until the terminal completion.
    /// </summary>
    public MessageBlock* Message;

    /// <summary>A send goes to the address in <see cref="Message"/> and not to the connected peer.</summary>
    public bool HasDestination;

    /// <summary>The kernel is to cut what it is given into datagrams of that many bytes, the last perhaps shorter; 0: it is one.</summary>
    public int SegmentSize;

    public ulong UserData;
    public ulong CancelTarget;

    /// <summary>The cancellation of one operation, whose own completion says whether the kernel found it.</summary>
    public static Submission Cancel(ulong target) => new()
    {
        Operation = KernelOperation.Cancel,
        CancelTarget = target,
        UserData = target | Completion.CancelBit,
    };
}

/// <summary>One completion, with the kernel's own flag bits.</summary>
internal readonly struct Completion(ulong userData, int result, uint flags)
{
    /// <summary>IORING_CQE_F_BUFFER: the kernel took a provided buffer; its number is in the upper half of the flags.</summary>
    public const uint BufferTaken = 1 << 0;

    /// <summary>IORING_CQE_BUFFER_SHIFT.</summary>
    public const int BufferShift = 16;

    /// <summary>IORING_CQE_F_MORE: another completion with the same user data will come.</summary>
    public const uint More = 1 << 1;

    /// <summary>IORING_CQE_F_SOCK_NONEMPTY: after this receive the socket held more.</summary>
    public const uint SocketNotEmpty = 1 << 2;

    /// <summary>IORING_CQE_F_NOTIF: the zero-copy notification; the memory is no longer read.</summary>
    public const uint Notification = 1 << 3;

    /// <summary>IORING_NOTIF_USAGE_ZC_COPIED in a notification's result: the kernel copied after all.</summary>
    public const uint ZeroCopyCopied = 1U << 31;

    /// <summary>User data of submissions whose completion nobody waits for.</summary>
    public const ulong Nobody = 0;

    /// <summary>Set in the user data of a cancellation; the rest is that of its target. No operation's user data has it.</summary>
    public const ulong CancelBit = 1UL << 63;

    public ulong UserData { get; } = userData;

    public int Result { get; } = result;

    public uint Flags { get; } = flags;

    /// <summary>Whether it answers a cancellation.</summary>
    public bool IsCancel => (UserData & CancelBit) != 0;

    /// <summary>The operation that was to be cancelled.</summary>
    public ulong CancelTarget => UserData & ~CancelBit;

    /// <summary>Whether this is the operation's last completion: the one rule everything follows.</summary>
    public bool IsTerminal => (Flags & More) == 0;

    public bool IsNotification => (Flags & Notification) != 0;

    public bool IsSocketNotEmpty => (Flags & SocketNotEmpty) != 0;

    public bool HasBuffer => (Flags & BufferTaken) != 0;

    /// <summary>The provided buffer that was taken.</summary>
    public int Buffer => (int)(Flags >> BufferShift);

    public bool WasCopied => IsNotification && ((uint)Result & ZeroCopyCopied) != 0;
}
