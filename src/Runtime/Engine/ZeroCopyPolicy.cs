namespace ZeroCopySockets;

/// <summary>Whether sends travel by zero copy. Decided per send; ownership rules are the same either way.</summary>
public enum ZeroCopyPolicy
{
    /// <summary>Zero copy where it pays: from a size on (<see cref="ZeroCopyOptions.ZeroCopyThreshold"/>), and not on a socket where the kernel copies anyway.</summary>
    Adaptive = 0,

    /// <summary>Zero copy for every send the kernel accepts it for.</summary>
    Always = 1,

    /// <summary>Copy every send.</summary>
    Never = 2,
}

/// <summary>What carries the traffic.</summary>
public enum EngineKind
{
    /// <summary>In <see cref="ZeroCopyOptions.Engine"/>: io_uring where it works, the portable engine elsewhere.</summary>
    Auto = 0,

    /// <summary>Linux io_uring.</summary>
    IoUring = 1,

    /// <summary>System.Net.Sockets: the same API and the same ownership rules everywhere, without zero copy.</summary>
    Portable = 2,
}
