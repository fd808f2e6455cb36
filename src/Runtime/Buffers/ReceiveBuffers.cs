using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Buffers;

/// <summary>
/// The buffers one loop receives into on behalf of all its connections. A free one is with the kernel, in its ring
/// of provided buffers, or in stock; a leased one holds what a connection received,
/// until its lease ends. Leases end on any thread; only the loop hands buffers to the kernel, once a round.
/// </summary>
/// <remarks>
/// A multishot receive takes all the buffers it finds for what has piled up in its socket, long before it can be cancelled.
/// So the kernel is given no more at a time than one connection's quota: no connection ever holds twice that. And it is never
/// given the last eighth: however many connections are slow to give back, one that holds nothing gets a buffer of those. Only
/// where the quota lets one connection hold them all, nothing is kept.
/// </remarks>
internal sealed unsafe class ReceiveBuffers
{
    private readonly ZeroCopyLoop _loop;
    private readonly KernelRing _ring;
    private readonly Slab _memory;
    private readonly int _size;
    private readonly SlotStates _states;
    private readonly LeasedReceives?[] _owners;
    private readonly ReceiveMemory?[] _memories;
    private readonly int[] _stock;

    // Every buffer starts here, as if it had just come back.
    private readonly SlotFreeList _returned;
    private readonly Queue<LeasedReceives> _starved = new();
    private int _starvedCount;
    private int _provided;
    private int _stocked;

    // Something came back since the starved were last offered what is in stock.
    private bool _cameBack;
    private long _exhaustedPauses;
    private long _quotaPauses;
    private bool _abandoned;

    /// <summary>Called on the loop's thread.</summary>
    public ReceiveBuffers(ZeroCopyLoop loop, KernelRing ring, Kernel kernel, ZeroCopyOptions options)
    {
        _loop = loop;
        _ring = ring;
        _size = options.ReceiveBufferSize;
        Quota = options.ReceiveBuffersPerSocket;
        int count = options.ReceiveBuffers;
        Reserve = Quota < count ? count / 8 : 0;
        _memory = kernel.AllocateReceiveMemory((nuint)count * (nuint)_size);
        _states = new SlotStates(count, received: true);
        _owners = new LeasedReceives?[count];
        _memories = new ReceiveMemory?[count];
        _returned = new SlotFreeList(0, count);
        IsMultishot = ring.TryProvideBuffers(count);
        _stock = new int[count];
    }

    /// <summary>Whether the kernel picks the buffers: one submission then receives again and again.</summary>
    public bool IsMultishot { get; }

    /// <summary>Buffers one connection may hold, received and not read or read and not given back.</summary>
    public int Quota { get; }

    /// <summary>Buffers kept in stock for connections that hold none.</summary>
    public int Reserve { get; }

    /// <summary>Whether there is a buffer for a connection that holds none. Looked at under its gate, which whoever offers one takes too.</summary>
    public bool HasSpare => Volatile.Read(ref _stocked) > 0;

    public int Count => _owners.Length;

    public SlotStates States => _states;

    public long ExhaustedPauses => Volatile.Read(ref _exhaustedPauses);

    public long QuotaPauses => Volatile.Read(ref _quotaPauses);

    /// <summary>Buffers that hold received bytes. A snapshot.</summary>
    public int CountHeld()
    {
        int held = 0;
        for (int slot = 0; slot < Count; slot++)
        {
            held += _states.Observe(slot, out _) == SlotState.Free ? 0 : 1;
        }

        return held;
    }

    /// <summary>On the loop: where the buffers are that hold nothing. With those that do, they are all there are.</summary>
    public (int Provided, int Stocked, int Returned) CountFree() => (_provided, _stocked, _returned.Count());

    /// <summary>On the loop: a buffer the kernel filled becomes the connection's. The generation says which of the buffer's leases this is.</summary>
    public uint Claim(int slot, LeasedReceives owner, bool fromStock)
    {
        uint generation = _states.Lease(slot);
        if (fromStock)
        {
            _stocked--;
        }
        else
        {
            _provided--;
        }

        _owners[slot] = owner;
        return generation;
    }

    /// <summary>On the loop, where the kernel does not pick: one receive into a buffer of the stock. ENOBUFS where there is none for this connection.</summary>
    public int TryReceive(SocketCore core, bool holdsNone, out int slot)
    {
        int kept = holdsNone ? 0 : Reserve;
        if (_stocked <= kept)
        {
            TakeBack();
        }

        if (_stocked <= kept)
        {
            slot = -1;
            return -KernelError.ENOBUFS;
        }

        // It leaves the stock only when it is claimed.
        slot = _stock[_stocked - 1];
        return core.Engine.Kernel.TryReceive(core.Handle, AddressOf(slot), _size);
    }

    /// <summary>On the loop: the connection goes on when buffers come back; those who wait longest first.</summary>
    public void AddStarved(LeasedReceives receives)
    {
        _starved.Enqueue(receives);
        _exhaustedPauses++;
        // Full fence: visible before Settle looks at what came back, as a returning thread returns first and then looks here.
        Interlocked.Increment(ref _starvedCount);
    }

    public void CountQuotaPause() => _quotaPauses++;

    /// <summary>On the loop, once a round: hands what came back to the kernel and lets as many connections go on. True when some still could.</summary>
    public bool Settle()
    {
        TakeBack();
        while (IsMultishot && _provided < Quota && _stocked > Reserve)
        {
            // The last to come back goes first: it is the likeliest to be in a cache, and the others' pages are never touched.
            int slot = _stock[--_stocked];
            _ring.Provide(slot, AddressOf(slot), _size);
            _provided++;
        }

        int available = IsMultishot ? _provided : Math.Max(0, _stocked - Reserve);
        for (int i = Math.Min(available, _starved.Count); i > 0; i--)
        {
            Interlocked.Decrement(ref _starvedCount);
            _starved.Dequeue().OnBuffersBack();
        }

        if (_cameBack)
        {
            _cameBack = false;
            OfferSpares();
        }

        // One of those may have had no use for its buffer after all, and the next must not wait for it.
        return available > 0 && _starved.Count > 0;
    }

    /// <summary>A user's lease ends.</summary>
    public void EndLease(int slot, uint generation)
    {
        if (_states.EndLease(slot, generation))
        {
            ReturnToOwner(slot);
        }
    }

    /// <summary>A buffer that no user holds comes back; its connection does the counting itself.</summary>
    public void GiveBack(int slot, uint generation)
    {
        _states.EndLease(slot, generation);
        Return(slot);
    }

    public ReadOnlySpan<byte> Bytes(int slot, uint generation, int start, int length)
    {
        _states.ThrowIfStale(slot, generation);
        // SAFETY: slot, start and length come from a completion and lie inside the buffer (the kernel was told its size); the
        // lease is current, so the kernel does not have the buffer, and the memory is freed only when every lease has ended.
        return new ReadOnlySpan<byte>(AddressOf(slot) + start, length);
    }

    public ReadOnlyMemory<byte> Memory(int slot, uint generation, int start, int length)
    {
        _states.ThrowIfStale(slot, generation);
        ReceiveMemory? memory = _memories[slot];
        if (memory is null || memory.Generation != generation)
        {
            _memories[slot] = memory = new ReceiveMemory(this, slot, generation);
        }

        return memory.Part(start, length);
    }

    public Span<byte> Whole(int slot, uint generation)
    {
        _states.ThrowIfStale(slot, generation);
        // SAFETY: as in Bytes.
        return new Span<byte>(AddressOf(slot), _size);
    }

    /// <summary>Keeps the buffer from going back to the kernel, its lease ended or not, until <see cref="Unpin"/>.</summary>
    public byte* Pin(int slot, uint generation)
    {
        _states.BeginSend(slot, generation);
        return AddressOf(slot);
    }

    public void Unpin(int slot)
    {
        if (_states.EndSend(slot))
        {
            ReturnToOwner(slot);
        }
    }

    /// <summary>The kernel may write to a buffer for ever: the memory is never freed.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>After the ring: gives the memory back if every buffer is free. One that is leased keeps all of it for ever: better a leak than a stray read.</summary>
    public void FreeIfUnused()
    {
        int free = _provided + _stocked;
        while (_returned.TryTake(out _))
        {
            free++;
        }

        if (free == Count && !_abandoned)
        {
            _memory.Free();
        }
    }

    private void ReturnToOwner(int slot)
    {
        LeasedReceives owner = _owners[slot]!;
        Return(slot);
        owner.OnReturned();
    }

    private void Return(int slot)
    {
        _owners[slot] = null;
        // The list's exchange is the full fence between returning the buffer and looking for those who wait for one.
        _returned.Return(slot);
        if (Volatile.Read(ref _starvedCount) != 0 && !_loop.IsCurrent)
        {
            _loop.Post(LoopWork.Run(static _ => { }, null));
        }
    }

    private void TakeBack()
    {
        while (_returned.TryTake(out int slot))
        {
            _stock[_stocked++] = slot;
            _cameBack = true;
        }
    }

    /// <summary>Those in line that hold nothing may each take one of the stock. They stay in line, behind those to whom none was offered.</summary>
    private void OfferSpares()
    {
        int spares = _stocked;
        for (int i = _starved.Count; i > 0 && spares > 0; i--)
        {
            LeasedReceives receives = _starved.Dequeue();
            _starved.Enqueue(receives);
            spares -= receives.TryGoOnWithSpare() ? 1 : 0;
        }
    }

    // SAFETY: every slot is below Count, and the memory was sized for Count buffers.
    private byte* AddressOf(int slot) => _memory.Address + (nuint)slot * (nuint)_size;
}
