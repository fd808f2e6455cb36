using System.Buffers;
using System.Runtime.InteropServices;
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

    /// <summary>Null while it is an array that was not pinned.</summary>
    public byte* Buffer { get; private set; }

    public int Length { get; private init; }

    /// <summary>The bytes, for a send that is over when the call returns and needs no pin.</summary>
    public readonly ReadOnlySpan<byte> Bytes => Buffer is null ? _memory.Span : new ReadOnlySpan<byte>(Buffer, Length);

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

    /// <summary>Memory of the caller's.</summary>
    /// <exception cref="ObjectDisposedException">Memory whose owner is disposed cannot be pinned.</exception>
    public static Loan OfMemory(ReadOnlyMemory<byte> memory)
    {
        var loan = new Loan { _memory = memory, Length = memory.Length };
        if (!MemoryMarshal.TryGetArray(memory, out _))
        {
            // Now, because its owner may refuse; an array cannot.
            loan.Pin();
        }

        return loan;
    }

    /// <summary>The first bytes of an array of the shared pool's, which goes back there.</summary>
    public static Loan OfStopgap(byte[] array, int length) => new() { _memory = array.AsMemory(0, length), _copy = array, Length = length };

    /// <summary>Before the kernel is given it for longer than a call: from here to the return it stays where it is.</summary>
    public void Pin()
    {
        if (Buffer is null)
        {
            _pin = _memory.Pin();
            Buffer = (byte*)_pin.Pointer;
        }
    }

    /// <summary>In guard mode: a write between here and the return is found, and that memory of the caller's own is given up.</summary>
    public void Watch(Guard? guard) => _guarded = guard?.Lend(_pool, _slot, IsStopgap ? default : _memory, Buffer, Length);

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
