using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Buffers;

/// <summary>
/// The ownership state of every slot, and the only code that changes one.
/// <code>
/// Free -> Leased -> InFlight(n) -> Leased         the n-th notification hands it back to the lease
///                   InFlight(n) -> Free           the lease was disposed meanwhile (deferred return)
///                   InFlight(n) -> Quarantined    the ring went away while the kernel still owed a notification
/// </code>
/// One 64-bit word per slot, changed by compare-and-swap only: bits 0-23 sends in flight (n), bit 24 leased,
/// bit 25 quarantined, bits 32-63 generation. The generation moves on when a lease ends, so a stale copy of a lease
/// is told apart from the slot's next tenant in every build.
/// </summary>
/// <param name="count">Slots.</param>
/// <param name="received">Whether they are received into, and not sent from.</param>
internal sealed class SlotStates(int count, bool received = false)
{
    internal const uint MaxInFlight = 0xFF_FFFF;
    private const ulong InFlightMask = MaxInFlight;
    private const ulong LeasedBit = 1UL << 24;
    private const ulong QuarantinedBit = 1UL << 25;
    private const ulong GenerationOne = 1UL << 32;

    private readonly ulong[] _words = new ulong[count];

    /// <summary>Free -> Leased. The caller took the slot off the free list, so nobody else can be moving it.</summary>
    public uint Lease(int slot)
    {
        ulong word = Volatile.Read(ref _words[slot]);
        if ((word & (LeasedBit | QuarantinedBit | InFlightMask)) != 0
            || Interlocked.CompareExchange(ref _words[slot], word | LeasedBit, word) != word)
        {
            throw new InvalidOperationException($"Slot {slot} came off the free list but is {Describe(word)}: the free list is corrupt.");
        }

        return (uint)(word >> 32);
    }

    /// <summary>Leased or InFlight(n) -> InFlight(n + 1). From here until the notification only the kernel may touch the bytes.</summary>
    public void BeginSend(int slot, uint generation)
    {
        while (true)
        {
            ulong word = Volatile.Read(ref _words[slot]);
            ThrowIfStale(word, generation);
            if ((word & InFlightMask) == InFlightMask)
            {
                throw new InvalidOperationException($"The buffer is already in flight {MaxInFlight} times; await a receipt's Recycled first.");
            }

            if (Interlocked.CompareExchange(ref _words[slot], word + 1, word) == word)
            {
                return;
            }
        }
    }

    /// <summary>InFlight(n) -> InFlight(n - 1), Leased or Free. True when the slot became free and belongs on the free list.</summary>
    public bool EndSend(int slot)
    {
        while (true)
        {
            ulong word = Volatile.Read(ref _words[slot]);
            if ((word & InFlightMask) == 0)
            {
                throw new InvalidOperationException($"A notification arrived for slot {slot}, which is {Describe(word)}: one too many.");
            }

            // Quarantine is for ever: the count still goes down, the slot never comes back.
            ulong next = word - 1;
            if (Interlocked.CompareExchange(ref _words[slot], next, word) == word)
            {
                return (next & (InFlightMask | LeasedBit | QuarantinedBit)) == 0;
            }
        }
    }

    /// <summary>Ends the lease. True when the slot became free at once; false when the last notification will free it.</summary>
    public bool EndLease(int slot, uint generation)
    {
        while (true)
        {
            ulong word = Volatile.Read(ref _words[slot]);
            ThrowIfStale(word, generation);
            ulong next = (word & ~LeasedBit) + GenerationOne;
            if (Interlocked.CompareExchange(ref _words[slot], next, word) == word)
            {
                return (next & (InFlightMask | QuarantinedBit)) == 0;
            }
        }
    }

    /// <summary>InFlight(n) -> Quarantined. The memory is never freed, reused or unmapped.</summary>
    public bool Quarantine(int slot)
    {
        ulong before = Interlocked.Or(ref _words[slot], QuarantinedBit);
        return (before & QuarantinedBit) == 0;
    }

    /// <summary>Throws unless the lease is current and nothing is in flight: the check behind every write.</summary>
    public void ThrowIfNotWritable(int slot, uint generation)
    {
        ulong word = Volatile.Read(ref _words[slot]);
        if ((word & ~(ulong)uint.MaxValue) != (ulong)generation << 32 || (word & (LeasedBit | QuarantinedBit | InFlightMask)) != LeasedBit)
        {
            ThrowIfStale(word, generation);
            throw (word & QuarantinedBit) != 0 ? OwnershipErrors.WrittenInQuarantine() : OwnershipErrors.WrittenInFlight(word & InFlightMask);
        }
    }

    /// <summary>Throws unless the lease is current: the check behind every read, which is legal in flight.</summary>
    public void ThrowIfStale(int slot, uint generation) => ThrowIfStale(Volatile.Read(ref _words[slot]), generation);

    public bool IsInFlight(int slot, uint generation)
    {
        ulong word = Volatile.Read(ref _words[slot]);
        ThrowIfStale(word, generation);
        return (word & InFlightMask) != 0;
    }

    /// <summary>What the slot is right now, for statistics and tests.</summary>
    public SlotState Observe(int slot, out uint inFlight)
    {
        ulong word = Volatile.Read(ref _words[slot]);
        inFlight = (uint)(word & InFlightMask);
        return (word & QuarantinedBit) != 0 ? SlotState.Quarantined
            : inFlight != 0 ? SlotState.InFlight
            : (word & LeasedBit) != 0 ? SlotState.Leased
            : SlotState.Free;
    }

    private void ThrowIfStale(ulong word, uint generation)
    {
        if ((uint)(word >> 32) != generation || (word & LeasedBit) == 0)
        {
            throw received ? OwnershipErrors.ReceiveLeaseEnded() : OwnershipErrors.LeaseEnded();
        }
    }

    private static string Describe(ulong word) =>
        $"{((word & QuarantinedBit) != 0 ? "quarantined" : (word & LeasedBit) != 0 ? "leased" : "free")} with {word & InFlightMask} send(s) in flight";
}

/// <summary>The states of <see cref="SlotStates"/>.</summary>
internal enum SlotState
{
    Free,
    Leased,
    InFlight,
    Quarantined,
}
