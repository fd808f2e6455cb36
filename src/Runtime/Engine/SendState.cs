namespace ZeroCopySockets.Engine;

/// <summary>
/// How far one send is, in one word that threads change by single atomic steps: bits 0-15 submissions the kernel still owes
/// a terminal completion, then flags, and in the upper half the version, so that a step meant for an earlier life of the
/// object fails.
/// </summary>
internal struct SendState
{
    private const long OwedMask = 0xFFFF;
    private const long ResultKnown = 1 << 16;
    private const long Recycled = 1 << 17;
    private const long RecycleAwaited = 1 << 18;
    private const long Quarantined = 1 << 19;
    private const long ResultTaken = 1 << 20;
    private const int VersionShift = 32;

    private long _word;

    /// <summary>The kernel owes one terminal completion more.</summary>
    public void AddOwed()
    {
        long word = Volatile.Read(ref _word);
        if ((uint)word == 0)
        {
            // Nothing is owed or known yet, so that nobody else has a step to make.
            Volatile.Write(ref _word, word + 1);
        }
        else
        {
            Interlocked.Increment(ref _word);
        }
    }

    /// <summary>
    /// The kernel settled a submission, the result became known, or both. True for the one step after which the result
    /// is known and nothing is owed: who took it recycles, which is what writes that step, because nobody is left who looks for it.
    /// </summary>
    /// <param name="terminal">A completion without MORE: whatever its result, the kernel is done with the memory of that submission.</param>
    /// <param name="announced">The result is known.</param>
    public bool Settle(bool terminal, bool announced)
    {
        while (true)
        {
            long word = Volatile.Read(ref _word);
            long next = (announced ? word | ResultKnown : word) - (terminal ? 1 : 0);
            if (IsOver(next))
            {
                return true;
            }

            if (Interlocked.CompareExchange(ref _word, next, word) == word)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// The memory is back. From here whoever takes the result, or has taken it, ends this life of the object: nothing of it
    /// may be touched that this did not hand out.
    /// </summary>
    /// <param name="registered">Where a continuation may have been registered.</param>
    /// <param name="awaiting">The continuation, if there is one.</param>
    /// <param name="resultTaken">The result was taken before: the life ends here.</param>
    /// <returns>Whether there is a continuation.</returns>
    public bool Recycle(ref readonly Continuation registered, out Continuation awaiting, out bool resultTaken)
    {
        while (true)
        {
            long word = Volatile.Read(ref _word);
            bool isAwaited = (word & RecycleAwaited) != 0;
            awaiting = isAwaited ? registered : default;
            if (Interlocked.CompareExchange(ref _word, word | Recycled, word) == word)
            {
                resultTaken = (word & ResultTaken) != 0;
                return isAwaited;
            }
        }
    }

    /// <summary>The result has been taken. True when the memory was back before: the life ends here.</summary>
    public bool TakeResult()
    {
        long word = Volatile.Read(ref _word);
        if ((word & Recycled) == 0)
        {
            return (Interlocked.Or(ref _word, ResultTaken) & Recycled) != 0;
        }

        // Nobody else has a step to make. Written all the same: a life that guard mode found a violation in goes on.
        Volatile.Write(ref _word, word | ResultTaken);
        return true;
    }

    /// <summary>Whether the result of the send of that version was taken.</summary>
    public readonly bool IsResultTaken(int version)
    {
        long word = Volatile.Read(in _word);
        return (word & ResultTaken) != 0 || (int)(word >> VersionShift) != version;
    }

    /// <summary>The ring is gone. What was known, and whether somebody waits for the recycle, who is to be told once.</summary>
    public (bool ResultWasKnown, bool RecycleWasAwaited) Quarantine()
    {
        long before = Interlocked.Or(ref _word, Quarantined | ResultKnown);
        return ((before & ResultKnown) != 0, (before & (RecycleAwaited | Quarantined)) == RecycleAwaited);
    }

    /// <summary>
    /// Where the recycle of the send of that version stands. A version that has moved on can only mean that it is over.
    /// </summary>
    public readonly RecycleStatus Observe(int version)
    {
        long word = Volatile.Read(in _word);
        return (int)(word >> VersionShift) == version ? StatusIn(word) : RecycleStatus.Ended;
    }

    /// <summary>As <see cref="Observe(int)"/>, for the half of a version that a <see cref="ValueTask"/> carries.</summary>
    public readonly RecycleStatus ObserveToken(short token)
    {
        long word = Volatile.Read(in _word);
        return (short)(word >> VersionShift) == token ? StatusIn(word) : RecycleStatus.Ended;
    }

    /// <summary>Whether somebody awaits the recycle of the send of that token.</summary>
    public readonly bool IsRecycleAwaited(short token)
    {
        long word = Volatile.Read(in _word);
        return (short)(word >> VersionShift) == token && (word & RecycleAwaited) != 0;
    }

    /// <summary>
    /// Has the continuation that was written before called by whoever recycles. False when there is nothing to wait for any more.
    /// </summary>
    public bool TryAwaitRecycle(short token)
    {
        while (true)
        {
            long word = Volatile.Read(ref _word);
            if ((short)(word >> VersionShift) != token || StatusIn(word) != RecycleStatus.Pending)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _word, word | RecycleAwaited, word) == word)
            {
                return true;
            }
        }
    }

    /// <summary>Begins the next life of the object. Only for who ended the last.</summary>
    public void Begin(int version) => Volatile.Write(ref _word, (long)version << VersionShift);

    private static bool IsOver(long word) => (word & (ResultKnown | OwedMask)) == ResultKnown;

    private static RecycleStatus StatusIn(long word) =>
        (word & Recycled) != 0 ? RecycleStatus.Recycled
        : (word & Quarantined) != 0 ? RecycleStatus.Quarantined
        : RecycleStatus.Pending;
}

/// <summary>Where the second completion of a send stands.</summary>
internal enum RecycleStatus
{
    /// <summary>The kernel may still read the memory.</summary>
    Pending,

    /// <summary>The memory is back; the send's object is still the same send's.</summary>
    Recycled,

    /// <summary>The ring is gone; the memory never comes back.</summary>
    Quarantined,

    /// <summary>The memory is back, and the send's object has gone on to another life.</summary>
    Ended,
}
