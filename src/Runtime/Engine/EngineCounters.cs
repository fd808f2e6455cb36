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

/// <summary>
/// What one loop's thread counts without any contention, or all other threads together; an engine's figures are the sums.
/// Reading is a snapshot, not a cut.
/// </summary>
/// <param name="shared">More than one thread counts here.</param>
internal sealed class EngineCounters(bool shared)
{
    private readonly long[] _copied = new long[Enum.GetValues<CopyReason>().Length];
    private long _zeroCopied;
    private long _kernelCopied;
    private long _staleCompletions;
    private long _owed;
    private long _bytesSent;

    public long ZeroCopied => Volatile.Read(ref _zeroCopied);

    public long KernelCopied => Volatile.Read(ref _kernelCopied);

    public long StaleCompletions => Volatile.Read(ref _staleCompletions);

    /// <summary>Sends whose memory the kernel has not given back. Negative where they were made elsewhere.</summary>
    public long Owed => Volatile.Read(ref _owed);

    /// <summary>Payload bytes of sends that ended.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    public long Copied(CopyReason reason) => Volatile.Read(ref _copied[(int)reason]);

    public void CountCopied(CopyReason reason) => Add(ref _copied[(int)reason], 1);

    public void CountNotification(bool copied) => Add(ref copied ? ref _kernelCopied : ref _zeroCopied, 1);

    public void CountStaleCompletion() => Add(ref _staleCompletions, 1);

    public void CountSent(int bytes) => Add(ref _bytesSent, bytes);

    public void AddOwed(int change) => Add(ref _owed, change);

    private void Add(ref long counter, long change)
    {
        if (shared)
        {
            Interlocked.Add(ref counter, change);
        }
        else
        {
            Volatile.Write(ref counter, counter + change);
        }
    }
}
