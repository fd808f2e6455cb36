using System.Runtime.CompilerServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using static ZeroCopySockets.Linux.IoUringAbi;

namespace ZeroCopySockets.Linux;

/// <summary>
/// One io_uring, mapped into this process. The kernel reads the submission tail and writes the submission head, writes
/// the completion tail and reads the completion head; each side's own index is published with release and the other's
/// read with acquire ordering (io_uring(7)).
/// </summary>
internal sealed unsafe partial class LinuxRing : KernelRing
{
    /// <summary>User data of the poll that a wake-up completes. Never a table's: those have a small slot number below.</summary>
    private const ulong WakeUserData = ulong.MaxValue;

    private readonly int _fd;
    private readonly ZeroCopyFeatures _features;
    private readonly uint _kernelFeatures;
    private readonly byte* _rings;
    private readonly nuint _ringsLength;
    private readonly SubmissionEntry* _entries;
    private readonly nuint _entriesLength;
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _sqFlags;
    private readonly uint _sqMask;
    private readonly uint _sqSize;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly uint* _cqFlags;
    private readonly uint _cqMask;
    private readonly CompletionEntry* _completions;
    private int _wakeFd;
    private bool _ownsWakeFd;

    // What names the ring to io_uring_enter(2): its descriptor, or its place among those that its thread has registered, which
    // saves the look-up.
    private int _enterFd;
    private uint _enterFlags = EnterGetEvents;
    private uint _nextTail;
    private bool _disposed;

    private LinuxRing(int fd, in RingParameters parameters, ZeroCopyFeatures features)
    {
        _fd = fd;
        _enterFd = fd;
        _features = features;
        _kernelFeatures = parameters.Features;
        ref readonly SubmissionRingOffsets sq = ref parameters.SubmissionOffsets;
        ref readonly CompletionRingOffsets cq = ref parameters.CompletionOffsets;

        // FEAT_SINGLE_MMAP (5.4, required by the probe): one mapping holds both rings.
        _ringsLength = Math.Max(
            sq.Array + parameters.SubmissionEntries * sizeof(uint),
            cq.Entries + parameters.CompletionEntries * (uint)sizeof(CompletionEntry));
        _rings = Map(fd, _ringsLength, OffsetSqRing);
        _entriesLength = parameters.SubmissionEntries * (uint)sizeof(SubmissionEntry);
        try
        {
            _entries = (SubmissionEntry*)Map(fd, _entriesLength, OffsetSqes);
        }
        catch
        {
            Libc.UnmapMemory(_rings, _ringsLength);
            throw;
        }

        // SAFETY: every offset comes from the kernel's own answer to io_uring_setup(2) for this mapping.
        _sqHead = (uint*)(_rings + sq.Head);
        _sqTail = (uint*)(_rings + sq.Tail);
        _sqFlags = (uint*)(_rings + sq.Flags);
        _sqSize = parameters.SubmissionEntries;
        _sqMask = *(uint*)(_rings + sq.RingMask);
        _cqHead = (uint*)(_rings + cq.Head);
        _cqTail = (uint*)(_rings + cq.Tail);
        _cqFlags = (uint*)(_rings + cq.Flags);
        _cqMask = *(uint*)(_rings + cq.RingMask);
        _completions = (CompletionEntry*)(_rings + cq.Entries);
        _nextTail = *_sqTail;

        // The indirection array is left as the identity for ever: position i submits entry i.
        uint* array = (uint*)(_rings + sq.Array);
        for (uint i = 0; i < _sqSize; i++)
        {
            array[i] = i;
        }
    }

    public override bool SignalsLoop
    {
        set
        {
            Volatile.Write(ref *_cqFlags, value ? 0 : CqEventFdDisabled);
            // The flag must be visible to the kernel before the ring is looked at again.
            Interlocked.MemoryBarrier();
        }
    }

    public override bool HasUnsubmitted => _nextTail != Volatile.Read(ref *_sqHead);

    /// <summary>Opens a ring, dropping set-up flags the running kernel does not know, best first.</summary>
    /// <param name="entries">Submission entries; the completion ring gets four times as many, two completions per send and slack.</param>
    /// <param name="singleIssuer">Only the calling thread will ever use the ring.</param>
    /// <param name="features">What its zero-copy sends may ask for.</param>
    /// <param name="loopRing">For a caller ring: the ring whose sleep a completion here ends.</param>
    public static LinuxRing Open(uint entries, bool singleIssuer, ZeroCopyFeatures features, LinuxRing? loopRing)
    {
        ReadOnlySpan<uint> modes = singleIssuer
            ? [SetupSingleIssuer | SetupDeferTaskrun | SetupTaskrunFlag, SetupSingleIssuer | SetupCoopTaskrun | SetupTaskrunFlag, SetupCoopTaskrun, 0]
            : [SetupCoopTaskrun, 0];
        int fd = 0;
        RingParameters parameters = default;
        foreach (uint mode in modes)
        {
            parameters = new RingParameters
            {
                Flags = SetupCqSize | SetupClamp | (mode == 0 ? 0 : SetupSubmitAll) | mode,
                CompletionEntries = entries * 4,
            };
            fd = Libc.IoUringSetup(entries, &parameters);
            if (fd != -KernelError.EINVAL)
            {
                break;
            }
        }

        Check(fd, "io_uring_setup");
        const uint Required = FeatSingleMmap | FeatNoDrop | FeatSubmitStable | FeatFastPoll;
        if ((parameters.Features & Required) != Required)
        {
            Libc.CloseFd(fd);
            throw new KernelException(-KernelError.EOPNOTSUPP, $"io_uring is too old here: features 0x{parameters.Features:x}, needed 0x{Required:x}");
        }

        LinuxRing ring;
        try
        {
            ring = new LinuxRing(fd, parameters, features);
        }
        catch
        {
            Libc.CloseFd(fd);
            throw;
        }

        try
        {
            ring.SetUpWake(loopRing);
            if (singleIssuer)
            {
                ring.RegisterWithThread();
            }

            return ring;
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    public override void RegisterSlab(Slab slab, KernelRing? source)
    {
        if (source is LinuxRing { SlabRegistered: true } owner)
        {
            // Cloning (6.12) shares the pinned pages, so the second ring costs no locked memory.
            var clone = new CloneBuffers { SourceFd = (uint)owner._fd };
            if (Libc.IoUringRegister(_fd, RegisterCloneBuffers, &clone, 1) == 0)
            {
                SlabRegistered = true;
                return;
            }
        }

        var vector = new IoVector { Base = slab.Address, Length = slab.Length };
        int result = Libc.IoUringRegister(_fd, RegisterBuffers, &vector, 1);
        SlabRegistered = result == 0;
        if (!SlabRegistered)
        {
            RegistrationProblem = result == -KernelError.ENOMEM
                ? $"registering {slab.Length / 1024} KiB exceeds the limit on locked memory ({LinuxKernel.LimitText()}); raise `ulimit -l` (LimitMEMLOCK= in systemd, memlock in limits.conf) or lower the buffer counts in ZeroCopyOptions"
                : $"IORING_REGISTER_BUFFERS failed with errno {-result}";
        }
    }

    public override bool TryPush(in Submission submission)
    {
        if (!TryTakeEntry(out SubmissionEntry* entry))
        {
            return false;
        }

        Fill(entry, submission);
        return true;
    }

    public override void Enter(bool wait)
    {
        Volatile.Write(ref *_sqTail, _nextTail);
        uint toSubmit = _nextTail - Volatile.Read(ref *_sqHead);
        int result = Libc.IoUringEnter(_enterFd, toSubmit, wait ? 1u : 0, _enterFlags);
        switch (result)
        {
            case >= 0:
            case -KernelError.EINTR: // A signal: the loop comes round again.
            case -KernelError.EAGAIN: // Out of memory for requests, or
            case -KernelError.EBUSY: // completions must be reaped first: the loop does, then comes round again.
                return;
            default:
                Check(result, "io_uring_enter");
                return;
        }
    }

    public override RingNews Look() =>
        Volatile.Read(ref *_cqTail) != *_cqHead ? RingNews.Completions
        // Completions are made when this thread enters the kernel; the flag says that some would be.
        : (Volatile.Read(ref *_sqFlags) & (SqTaskrun | SqCqOverflow)) != 0 ? RingNews.Due
        : RingNews.Nothing;

    public override int Reap(Span<Completion> completions)
    {
        uint head = *_cqHead;
        uint tail = Volatile.Read(ref *_cqTail);
        int count = 0;
        bool rearm = false;
        for (; head != tail && count < completions.Length; head++)
        {
            ref CompletionEntry entry = ref _completions[head & _cqMask];
            if (entry.UserData == WakeUserData)
            {
                // The counter is never read back to zero: each signal completes the poll once more, which is all it is for.
                rearm |= (entry.Flags & Completion.More) == 0;
                continue;
            }

            if (entry.UserData != Completion.Nobody)
            {
                completions[count++] = new Completion(entry.UserData, entry.Result, entry.Flags);
            }
        }

        Volatile.Write(ref *_cqHead, head);
        if (rearm)
        {
            ArmWake();
        }

        // The completion ring was full and the kernel keeps the rest aside (FEAT_NODROP): entering lets it refill the ring.
        if (count == 0 && (Volatile.Read(ref *_sqFlags) & SqCqOverflow) != 0)
        {
            Enter(wait: false);
            return tail != Volatile.Read(ref *_cqTail) ? Reap(completions) : 0;
        }

        return count;
    }

    public override void Wake() => Libc.SignalEventFd(_wakeFd);

    public override void Dispose()
    {
        // Once only: by a second time the addresses and the numbers may be somebody else's.
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if ((_enterFlags & EnterRegisteredRing) != 0)
        {
            var update = new ResourceUpdate { Offset = (uint)_enterFd };
            Libc.IoUringRegister(_fd, UnregisterRingFds, &update, 1);
        }

        Libc.UnmapMemory(_entries, _entriesLength);
        Libc.UnmapMemory(_rings, _ringsLength);
        Libc.CloseFd(_fd);
        FreeBufferRing();
        if (_ownsWakeFd)
        {
            Libc.CloseFd(_wakeFd);
        }
    }

    private static int Check(int result, string what) =>
        result >= 0 ? result : throw new KernelException(result, $"{what} failed with errno {-result}");

    private static byte* Map(int fd, nuint length, long offset)
    {
        byte* address = Libc.MapMemory(length, Libc.MapShared | Libc.MapPopulate, fd, offset);
        return address != null ? address : throw new KernelException(-KernelError.ENOMEM, $"Mapping {length} bytes of the ring failed");
    }

    private bool TryTakeEntry(out SubmissionEntry* entry)
    {
        // Acquire: the kernel has read an entry completely before it moves the head past it.
        if (_nextTail - Volatile.Read(ref *_sqHead) == _sqSize)
        {
            entry = null;
            return false;
        }

        entry = &_entries[_nextTail & _sqMask];
        *entry = default;
        _nextTail++;
        return true;
    }

    private void SetUpWake(LinuxRing? loopRing)
    {
        if (loopRing is null)
        {
            _wakeFd = Check(Libc.NewEventFd(), "eventfd");
            _ownsWakeFd = true;
            ArmWake();
            return;
        }

        _wakeFd = loopRing._wakeFd;
        int copy = _wakeFd;
        Check(Libc.IoUringRegister(_fd, RegisterEventFd, &copy, 1), "IORING_REGISTER_EVENTFD");
        SignalsLoop = false;
    }

    /// <summary>Linux 5.18; without it everything works all the same.</summary>
    private void RegisterWithThread()
    {
        var update = new ResourceUpdate { Offset = uint.MaxValue, Data = (ulong)_fd };
        if (Libc.IoUringRegister(_fd, RegisterRingFds, &update, 1) == 1)
        {
            _enterFd = (int)update.Offset;
            _enterFlags |= EnterRegisteredRing;
        }
    }

    private void ArmWake()
    {
        SubmissionEntry* entry;
        while (!TryTakeEntry(out entry))
        {
            Enter(wait: false);
        }

        entry->Opcode = OpPollAdd;
        entry->Fd = _wakeFd;
        entry->OperationFlags = (uint)Libc.PollIn;
        entry->Length = PollAddMulti;
        entry->UserData = WakeUserData;
    }
}
