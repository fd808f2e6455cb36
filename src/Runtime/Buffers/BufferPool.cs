using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Buffers;

/// <summary>
/// The slots of one slab in three sizes, handed out as leases. Renting and returning is lock-free while slots last;
/// when they run out, renters wait in turn.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>Slot sizes in bytes. All multiples of a cache line; the largest holds any UDP datagram (65,507 bytes).</summary>
    internal static readonly int[] SlotSizes = [256, 4 * 1024, 64 * 1024];

    internal const int LargestSlot = 64 * 1024;

    private readonly SizeClass[] _classes;
    private readonly TimeSpan _leaseTimeout;
    private readonly TimeProvider _time;
    private int _quarantined;
    private long _waits;
    private long _timeouts;
    private bool _closed;

    /// <param name="slab">The memory, <see cref="MemoryFor"/> bytes or more.</param>
    /// <param name="counts">Slots of each size.</param>
    /// <param name="leaseTimeout">How long a renter waits.</param>
    /// <param name="granule">What slots are rounded up to in bytes: a page, where each is to be protected by itself.</param>
    /// <param name="time">What the wait is measured by; null for the system's.</param>
    public unsafe BufferPool(Slab slab, ReadOnlySpan<int> counts, TimeSpan leaseTimeout, int granule = 1, TimeProvider? time = null)
    {
        Slab = slab;
        _leaseTimeout = leaseTimeout;
        _time = time ?? TimeProvider.System;
        _classes = new SizeClass[SlotSizes.Length];
        int firstSlot = 0;
        nuint offset = 0;
        for (int i = 0; i < _classes.Length; i++)
        {
            _classes[i] = new SizeClass(Stride(i, granule), firstSlot, counts[i], slab.Address + offset);
            firstSlot += counts[i];
            offset += (nuint)_classes[i].Stride * (nuint)counts[i];
        }

        SlotCount = firstSlot;
        States = new SlotStates(firstSlot);
    }

    public Slab Slab { get; }

    public SlotStates States { get; }

    public int SlotCount { get; }

    public int Quarantined => Volatile.Read(ref _quarantined);

    /// <summary>Rents that found no slot free and waited.</summary>
    public long Waits => Volatile.Read(ref _waits);

    /// <summary>Waits that ended without a slot because the time was up.</summary>
    public long Timeouts => Volatile.Read(ref _timeouts);

    /// <summary>Bytes of memory that slots in these numbers take.</summary>
    public static nuint MemoryFor(ReadOnlySpan<int> counts, int granule = 1)
    {
        nuint total = 0;
        for (int i = 0; i < SlotSizes.Length; i++)
        {
            total += (nuint)Stride(i, granule) * (nuint)counts[i];
        }

        return total;
    }

    public bool TryRent(int length, out BufferLease lease)
    {
        int own = ClassFor(length);
        // A small message may take a larger slot when its own size has run out: better than waiting.
        for (int i = own; i < _classes.Length && !_classes[own].HasWaiters; i++)
        {
            SizeClass sizeClass = _classes[i];
            if (!sizeClass.HasWaiters && sizeClass.Free.TryTake(out int slot))
            {
                lease = new BufferLease(this, slot, States.Lease(slot), length);
                return true;
            }
        }

        lease = default;
        return false;
    }

    public BufferLease Rent(int length) => TryRent(length, out BufferLease lease)
        ? lease
        : throw new InvalidOperationException($"{Exhausted(length)} Dispose leases you hold (ZCS0006), use RentAsync to wait for one, or raise the buffer counts in ZeroCopyOptions.");

    public ValueTask<BufferLease> RentAsync(int length, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<BufferLease>(cancellationToken);
        }

        return TryRent(length, out BufferLease lease) ? new ValueTask<BufferLease>(lease) : WaitAsync(length, cancellationToken);
    }

    public void EndLease(int slot, uint generation)
    {
        if (States.EndLease(slot, generation))
        {
            ReturnSlot(slot);
        }
    }

    /// <summary>The kernel no longer reads the slot for one send.</summary>
    public void EndSend(int slot)
    {
        if (States.EndSend(slot))
        {
            ReturnSlot(slot);
        }
    }

    /// <summary>The ring is gone and the kernel may read the slot for ever.</summary>
    public void Quarantine(int slot)
    {
        if (States.Quarantine(slot))
        {
            Interlocked.Increment(ref _quarantined);
        }
    }

    public unsafe Span<byte> Bytes(int slot, int length) => new(AddressOf(slot), length);

    public unsafe byte* AddressOf(int slot)
    {
        SizeClass sizeClass = ClassOf(slot);
        // SAFETY: slot numbers come only from this pool's free lists, so the product stays inside the slab
        // (MemoryFor sized it); a slot's bytes are reached only through a lease whose state was checked.
        return sizeClass.Base + (nuint)(slot - sizeClass.FirstSlot) * (nuint)sizeClass.Stride;
    }

    /// <summary>All memory of a slot, its rounding included.</summary>
    public unsafe byte* PagesOf(int slot, out nuint length)
    {
        length = (nuint)ClassOf(slot).Stride;
        return AddressOf(slot);
    }

    /// <summary>Counts the slots by state. A snapshot: slots move while it counts.</summary>
    public (int Free, int Leased, int InFlight, int Quarantined) Count()
    {
        Span<int> counts = stackalloc int[4];
        for (int slot = 0; slot < SlotCount; slot++)
        {
            counts[(int)States.Observe(slot, out _)]++;
        }

        return (counts[0], counts[1], counts[2], counts[3]);
    }

    /// <summary>Ends those who wait for a slot, and those who would. Leases that are held go on.</summary>
    public void Close()
    {
        Volatile.Write(ref _closed, true);
        foreach (SizeClass sizeClass in _classes)
        {
            lock (sizeClass.Waiters)
            {
                while (sizeClass.Waiters.First is { } first)
                {
                    sizeClass.RemoveWaiter(first);
                    first.Value.Completion.SetException(new ObjectDisposedException(nameof(ZeroCopyEngine), "The engine was disposed while a buffer was waited for."));
                }
            }
        }
    }

    /// <summary>Gives the memory back if every slot is free. A slot that is leased or owed keeps it for ever: better a leak than a stray write.</summary>
    public void FreeIfUnused()
    {
        // Slots taken here can be rented by nobody, so a rent that races with the tear-down cannot get freed memory.
        int taken = 0;
        foreach (SizeClass sizeClass in _classes)
        {
            while (sizeClass.Free.TryTake(out _))
            {
                taken++;
            }
        }

        if (taken == SlotCount)
        {
            Slab.Free();
        }
    }

    private static int Stride(int sizeClass, int granule) => (SlotSizes[sizeClass] + granule - 1) / granule * granule;

    private static int ClassFor(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LargestSlot);
        int index = 0;
        while (SlotSizes[index] < length)
        {
            index++;
        }

        return index;
    }

    private SizeClass ClassOf(int slot) => _classes[ClassIndexOf(slot)];

    private int ClassIndexOf(int slot)
    {
        int index = 0;
        while (slot >= _classes[index].FirstSlot + _classes[index].Count)
        {
            index++;
        }

        return index;
    }

    private void ReturnSlot(int slot)
    {
        int index = ClassIndexOf(slot);
        _classes[index].Free.Return(slot);
        // Those who wait for this size first, then those a smaller size would do for.
        for (int waiting = index; waiting >= 0; waiting--)
        {
            if (_classes[waiting].HasWaiters)
            {
                Serve(_classes[waiting], _classes[index].Free);
            }
        }
    }

    /// <summary>Gives free slots to those who wait, in the order in which they came.</summary>
    private void Serve(SizeClass sizeClass, SlotFreeList free)
    {
        lock (sizeClass.Waiters)
        {
            while (sizeClass.Waiters.First is { } first && free.TryTake(out int slot))
            {
                sizeClass.RemoveWaiter(first);
                first.Value.Completion.SetResult(new BufferLease(this, slot, States.Lease(slot), first.Value.Length));
            }
        }
    }

    private async ValueTask<BufferLease> WaitAsync(int length, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waits);
        int own = ClassFor(length);
        SizeClass sizeClass = _classes[own];
        var waiter = new Waiter(length);
        LinkedListNode<Waiter> node;
        lock (sizeClass.Waiters)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(ZeroCopyEngine));
            node = sizeClass.AddWaiter(waiter);
        }

        // A slot may have returned between the failed rent and the enrolment above.
        for (int i = own; i < _classes.Length; i++)
        {
            Serve(sizeClass, _classes[i].Free);
        }

        using ITimer limit = _time.CreateTimer(_ => GiveUp(sizeClass, node, () => TimedOut(length)), null, _leaseTimeout, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            _ => GiveUp(sizeClass, node, () => new OperationCanceledException(cancellationToken)), null);
        return await waiter.Completion.Task.ConfigureAwait(LoopSynchronizationContext.IsCurrent);
    }

    /// <summary>Ends a wait without a lease. Whoever takes the waiter off the list, under its lock, decides what becomes of it.</summary>
    private static void GiveUp(SizeClass sizeClass, LinkedListNode<Waiter> node, Func<Exception> error)
    {
        lock (sizeClass.Waiters)
        {
            if (node.List is null)
            {
                return;
            }

            sizeClass.RemoveWaiter(node);
        }

        node.Value.Completion.SetException(error());
    }

    private TimeoutException TimedOut(int length)
    {
        Interlocked.Increment(ref _timeouts);
        return new TimeoutException($"{Exhausted(length)} None returned within {_leaseTimeout.TotalSeconds:0.#} s: a peer that stopped reading may hold them, or leases that nobody disposes (ZCS0006).");
    }

    private string Exhausted(int length)
    {
        (int free, int leased, int inFlight, int quarantined) = Count();
        return $"No free buffer of {length} bytes or more: of {SlotCount} slots {free} are free (in smaller sizes), {leased} leased, {inFlight} in flight, {quarantined} quarantined.";
    }

    private sealed unsafe class SizeClass(int stride, int firstSlot, int count, byte* address)
    {
        private int _waiterCount;

        public readonly int Stride = stride;
        public readonly int FirstSlot = firstSlot;
        public readonly int Count = count;
        public readonly byte* Base = address;
        public readonly SlotFreeList Free = new(firstSlot, count);
        public readonly LinkedList<Waiter> Waiters = new();

        public bool HasWaiters => Volatile.Read(ref _waiterCount) != 0;

        public LinkedListNode<Waiter> AddWaiter(Waiter waiter)
        {
            LinkedListNode<Waiter> node = Waiters.AddLast(waiter);
            // Full fence: the enrolment must be visible before the free list is looked at again, as a returning
            // thread first returns the slot and then looks for waiters.
            Interlocked.Increment(ref _waiterCount);
            return node;
        }

        public void RemoveWaiter(LinkedListNode<Waiter> node)
        {
            Waiters.Remove(node);
            Interlocked.Decrement(ref _waiterCount);
        }
    }

    private sealed class Waiter(int length)
    {
        public readonly int Length = length;
        public readonly TaskCompletionSource<BufferLease> Completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
