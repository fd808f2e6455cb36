using System.Buffers;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Engine;

/// <summary>One piece of memory that a send was lent, and the way back. Returned exactly once, when the kernel owes nothing for it.</summary>
internal unsafe struct Loan
{
    private BufferPool? _pool;
    private int _slot;
    private uint _generation;
    private bool _endsLease;
    private MemoryHandle _pin;

    // Memory over an array that is pinned already needs no pin, which then keeps nothing alive: this does.
    private ReadOnlyMemory<byte> _memory;
    private byte[]? _copy;
    private GuardedSend? _guarded;

    public byte* Buffer { get; private init; }

    public int Length { get; private init; }

    /// <summary>It lies in the slab.</summary>
    public bool InSlab { get; private init; }

    /// <summary>It is an array of ours because the pool had no slot; wanted back soon, so it is better copied.</summary>
    public readonly bool IsStopgap => _copy is not null;

    /// <summary>A slot of the slab, already moved to InFlight.</summary>
    public static Loan OfSlot(in BufferLease lease, int offset, int length, bool endsLease) => new()
    {
        _pool = lease.Pool,
        _slot = lease.Slot,
        _generation = lease.Generation,
        _endsLease = endsLease,
        Buffer = lease.Pool.AddressOf(lease.Slot) + offset,
        Length = length,
        InSlab = true,
    };

    /// <summary>A further part of a slot that another loan of the same send returns.</summary>
    public static Loan OfPart(in BufferLease lease, int offset, int length) => new()
    {
        Buffer = lease.Pool.AddressOf(lease.Slot) + offset,
        Length = length,
        InSlab = true,
    };

    /// <summary>Memory of the caller's, pinned until it is returned.</summary>
    /// <exception cref="ObjectDisposedException">Memory whose owner is disposed cannot be pinned.</exception>
    public static Loan OfMemory(ReadOnlyMemory<byte> memory)
    {
        MemoryHandle pin = memory.Pin();
        return new Loan { _pin = pin, _memory = memory, Buffer = (byte*)pin.Pointer, Length = memory.Length };
    }

    /// <summary>The first bytes of an array of the shared pool's, which goes back there.</summary>
    public static Loan OfStopgap(byte[] array, int length)
    {
        MemoryHandle pin = array.AsMemory().Pin();
        return new Loan { _pin = pin, _copy = array, Buffer = (byte*)pin.Pointer, Length = length };
    }

    /// <summary>In guard mode: a write between here and the return is found, and that memory of the caller's own is given up.</summary>
    public void Watch(Guard? guard) => _guarded = guard?.Lend(_pool, _slot, _memory, Buffer, Length);

    /// <returns>In guard mode, what to tell whoever awaits the recycle if the memory was written meanwhile.</returns>
    public readonly InvalidOperationException? Return()
    {
        // While it is still the kernel's, so that nobody else may have written to it.
        InvalidOperationException? violation = _guarded?.Return();
        if (_pool is { } pool)
        {
            // Ending the lease first costs the slot no moment in which it looks leased but idle.
            if (_endsLease)
            {
                pool.EndLease(_slot, _generation);
            }

            pool.EndSend(_slot);
            return violation;
        }

        _pin.Dispose();
        if (_copy is { } copy)
        {
            ArrayPool<byte>.Shared.Return(copy);
        }

        return violation;
    }

    /// <summary>The kernel may read it for ever: it is never returned.</summary>
    public readonly void Quarantine() => _pool?.Quarantine(_slot);
}
