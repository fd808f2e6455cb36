namespace ZeroCopySockets.Engine;

/// <summary>Why a send was copied although zero copy exists.</summary>
internal enum CopyReason
{
    /// <summary>The policy is Never.</summary>
    PolicyNever,

    /// <summary>Smaller than the size from which zero copy pays.</summary>
    BelowThreshold,

    /// <summary>The kernel reported that it copies on this socket anyway.</summary>
    KernelCopies,

    /// <summary>The engine or the socket's protocol has no zero copy.</summary>
    NotSupported,

    /// <summary>The pool had no buffer left for a message.</summary>
    NoBuffer,

    /// <summary>The kernel had no memory for it, or the locked-memory limit is reached.</summary>
    NoMemory,

    /// <summary>The kernel already holds as many bytes as the socket, or the engine, may lend it.</summary>
    OwedLimit,
}

/// <summary>What an engine counts. Any thread adds; reading is a snapshot, not a cut.</summary>
internal sealed class EngineCounters
{
    private readonly long[] _copied = new long[Enum.GetValues<CopyReason>().Length];
    private long _zeroCopied;
    private long _kernelCopied;
    private long _staleCompletions;
    private long _owed;
    private long _owedBytes;
    private long _bytesSent;

    public long ZeroCopied => Volatile.Read(ref _zeroCopied);

    public long KernelCopied => Volatile.Read(ref _kernelCopied);

    public long StaleCompletions => Volatile.Read(ref _staleCompletions);

    /// <summary>Sends whose memory the kernel has not given back.</summary>
    public long Owed => Volatile.Read(ref _owed);

    /// <summary>Bytes of zero-copy sends that the kernel has not given back.</summary>
    public long OwedBytes => Volatile.Read(ref _owedBytes);

    /// <summary>Payload bytes of sends that ended.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    public long Copied(CopyReason reason) => Volatile.Read(ref _copied[(int)reason]);

    public void CountCopied(CopyReason reason) => Interlocked.Increment(ref _copied[(int)reason]);

    public void CountNotification(bool copied) => Interlocked.Increment(ref copied ? ref _kernelCopied : ref _zeroCopied);

    public void CountStaleCompletion() => Interlocked.Increment(ref _staleCompletions);

    public void CountSent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    public void AddOwed(int change) => Interlocked.Add(ref _owed, change);

    public void AddOwedBytes(int change) => Interlocked.Add(ref _owedBytes, change);
}
