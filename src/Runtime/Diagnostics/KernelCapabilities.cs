using ZeroCopySockets.Linux;

namespace ZeroCopySockets;

/// <summary>
/// What the running kernel and this process can do, each found by trying it: an operation that a table of opcodes lists may
/// still be refused, or do something else. On any system but 64-bit Linux everything is missing, and says so.
/// </summary>
public sealed class KernelCapabilities
{
    internal KernelCapabilities(IReadOnlyList<KernelCapability> all) => All = all;

    /// <summary>The version of the running kernel (on other systems, of the system).</summary>
    public Version KernelVersion { get; } = Environment.OSVersion.Version;

    /// <summary>Everything that was tried, the requirements first.</summary>
    public IReadOnlyList<KernelCapability> All { get; }

    /// <summary>Whether this process may use io_uring at all.</summary>
    public KernelCapability IoUring => All[0];

    /// <summary>Zero-copy send (Linux 6.0): what the io_uring engine needs.</summary>
    public KernelCapability ZeroCopySend => All[1];

    /// <summary>Notifications say whether the kernel copied after all (Linux 6.2).</summary>
    public KernelCapability UsageReports => All[2];

    /// <summary>Zero-copy send of several pieces (Linux 6.1).</summary>
    public KernelCapability ZeroCopySendMessage => All[3];

    /// <summary>Memory pinned once, at start-up, instead of by each send.</summary>
    public KernelCapability RegisteredBuffers => All[4];

    /// <summary>A second ring may share registered memory without pinning it again (Linux 6.12).</summary>
    public KernelCapability BufferCloning => All[5];

    /// <summary>Zero-copy send of several pieces in registered memory (Linux 6.15; safe from 6.18).</summary>
    public KernelCapability RegisteredZeroCopySendMessage => All[6];

    /// <summary>The kernel chooses receive buffers from a ring when data arrives (Linux 5.19).</summary>
    public KernelCapability ProvidedBufferRings => All[7];

    /// <summary>One receive request yields many completions (Linux 6.0).</summary>
    public KernelCapability MultishotReceive => All[8];

    /// <summary>One accept request yields many connections (Linux 5.19).</summary>
    public KernelCapability MultishotAccept => All[9];

    /// <summary>Completions are worked off when the loop asks for them (Linux 6.1).</summary>
    public KernelCapability DeferTaskrun => All[10];

    /// <summary>Zero-copy receive (Linux 6.15). Found, not used.</summary>
    public KernelCapability ZeroCopyReceive => All[11];

    /// <summary>The limit on locked memory in bytes (RLIMIT_MEMLOCK, soft); null where there is none, or it does not bind.</summary>
    public long? LockedMemoryLimit { get; init; }

    /// <summary>Whether the process may lock memory beyond the limit (CAP_IPC_LOCK).</summary>
    public bool CanExceedLockedMemoryLimit { get; init; }

    /// <summary>The limit on open descriptors (RLIMIT_NOFILE, soft); null where there is none, or on other systems.</summary>
    public long? DescriptorLimit { get; init; }

    /// <summary>Tries everything out. Takes milliseconds; uses loopback sockets and a few pages of memory.</summary>
    public static KernelCapabilities Detect()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new KernelCapabilities(CapabilityProbe.NothingBecause("needs 64-bit Linux"));
        }

        bool exempt = ProcessLimits.CanExceedLockedMemory;
        return new KernelCapabilities(CapabilityProbe.TryAll())
        {
            LockedMemoryLimit = exempt ? null : OrNull(Libc.LockedMemoryLimit()),
            CanExceedLockedMemoryLimit = exempt,
            DescriptorLimit = OrNull(Libc.DescriptorLimit()),
        };
    }

    private static long? OrNull(ulong limit) => limit > long.MaxValue ? null : (long)limit;
}
