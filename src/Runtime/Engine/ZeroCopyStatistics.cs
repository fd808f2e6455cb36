namespace ZeroCopySockets;

/// <summary>What an engine has counted since it started, and where its buffers are now. A snapshot while traffic goes on.</summary>
public readonly record struct ZeroCopyStatistics
{
    /// <summary>Sends whose notification said the kernel read the memory in place.</summary>
    public required long ZeroCopied { get; init; }

    /// <summary>Sends asked for as zero copy that the kernel copied after all (loopback and veth always do).</summary>
    public required long KernelCopied { get; init; }

    /// <summary>Copied because they were smaller than the size from which zero copy pays.</summary>
    public required long CopiedBelowThreshold { get; init; }

    /// <summary>Copied because the policy was <see cref="ZeroCopyPolicy.Never"/>.</summary>
    public required long CopiedByPolicyNever { get; init; }

    /// <summary>Copied because the kernel had reported copying on that socket.</summary>
    public required long CopiedAsKernelCopies { get; init; }

    /// <summary>Copied because the engine or the protocol has no zero copy.</summary>
    public required long CopiedNotSupported { get; init; }

    /// <summary>Messages copied because every buffer was leased or in flight.</summary>
    public required long CopiedNoBuffer { get; init; }

    /// <summary>Copied because the kernel had no memory, or the limit on locked memory was reached.</summary>
    public required long CopiedNoMemory { get; init; }

    /// <summary>Copied because the kernel already held as many bytes as it may be lent (<see cref="ZeroCopyOptions.MaxOwedBytesPerSocket"/>, <see cref="ZeroCopyOptions.MaxOwedBytes"/>).</summary>
    public required long CopiedOwedLimit { get; init; }

    /// <summary>Sends whose memory the kernel has not given back yet.</summary>
    public required long OwedNotifications { get; init; }

    /// <summary>Bytes of zero-copy sends that the kernel has not given back yet.</summary>
    public required long OwedBytes { get; init; }

    /// <summary>Buffers nobody holds.</summary>
    public required int FreeBuffers { get; init; }

    /// <summary>Buffers held by a lease and not in flight.</summary>
    public required int LeasedBuffers { get; init; }

    /// <summary>Buffers the kernel holds.</summary>
    public required int InFlightBuffers { get; init; }

    /// <summary>Buffers lost for good because an engine was torn down while the kernel held them.</summary>
    public required int QuarantinedBuffers { get; init; }

    /// <summary>Completions that matched no operation. Always 0 unless something is badly wrong.</summary>
    public required long StaleCompletions { get; init; }

    /// <summary>Receive buffers that hold received bytes: waiting to be taken, or leased.</summary>
    public required int HeldReceiveBuffers { get; init; }

    /// <summary>How often a connection stopped receiving because it held <see cref="ZeroCopyOptions.ReceiveBuffersPerSocket"/> buffers.</summary>
    public required long ReceivesPausedByQuota { get; init; }

    /// <summary>How often a connection stopped receiving because all of its loop's receive buffers were held.</summary>
    public required long ReceivesPausedByExhaustion { get; init; }

    /// <summary>Violations that guard mode found of memory that the kernel had. Always 0 where it is off.</summary>
    public required long GuardViolations { get; init; }

    /// <summary>All sends that were copied by decision, for whatever reason.</summary>
    public long CopiedByPolicy => CopiedBelowThreshold + CopiedByPolicyNever + CopiedAsKernelCopies + CopiedNotSupported + CopiedNoBuffer + CopiedNoMemory + CopiedOwedLimit;
}
