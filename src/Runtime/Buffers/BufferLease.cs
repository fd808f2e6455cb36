using ZeroCopySockets.Buffers;

namespace ZeroCopySockets;

/// <summary>
/// A buffer in registered memory, held by the caller. A send lends it to the kernel from the call until the receipt's
/// <see cref="SendReceipt.Recycled"/>; until then it may be read, sent again and disposed, but not written.
/// </summary>
/// <remarks>
/// A small value that may be copied freely; all copies are the same lease. Every use is checked in every build: a lease
/// used after <see cref="Dispose"/> throws <see cref="ObjectDisposedException"/> naming rule ZCS0004, a write in flight throws
/// <see cref="InvalidOperationException"/> naming rule ZCS0001.
/// </remarks>
[BufferLease]
public readonly struct BufferLease : IDisposable, IEquatable<BufferLease>
{
    private readonly BufferPool? _pool;
    private readonly int _slot;
    private readonly uint _generation;

    internal BufferLease(BufferPool pool, int slot, uint generation, int length)
    {
        _pool = pool;
        _slot = slot;
        _generation = generation;
        Length = length;
    }

    /// <summary>Bytes in the buffer, as asked for when it was rented.</summary>
    public int Length { get; }

    /// <summary>Whether the kernel owns the buffer right now.</summary>
    public bool IsInFlight => Pool.States.IsInFlight(_slot, _generation);

    internal BufferPool Pool => _pool ?? throw new ObjectDisposedException(nameof(BufferLease), "This is default(BufferLease), which holds no buffer. Rent one.");

    internal int Slot => _slot;

    internal uint Generation => _generation;

    /// <summary>The bytes, for writing. They hold whatever the slot's last tenant left: write every byte you send.</summary>
    /// <exception cref="InvalidOperationException">ZCS0001: the buffer is in flight.</exception>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    [WritesBuffer]
    public Span<byte> Edit()
    {
        BufferPool pool = Pool;
        pool.States.ThrowIfNotWritable(_slot, _generation);
        return pool.Bytes(_slot, Length);
    }

    /// <summary>The bytes, for reading; legal in flight.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public ReadOnlySpan<byte> Read()
    {
        BufferPool pool = Pool;
        pool.States.ThrowIfStale(_slot, _generation);
        return pool.Bytes(_slot, Length);
    }

    /// <summary>Ends the lease. In flight that is legal too: the slot returns to the pool with the last notification.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed already.</exception>
    public void Dispose() => Pool.EndLease(_slot, _generation);

    /// <inheritdoc/>
    public bool Equals(BufferLease other) =>
        ReferenceEquals(_pool, other._pool) && _slot == other._slot && _generation == other._generation && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BufferLease other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_slot, _generation);

    /// <summary>Whether both are the same lease.</summary>
    public static bool operator ==(BufferLease left, BufferLease right) => left.Equals(right);

    /// <summary>Whether they are different leases.</summary>
    public static bool operator !=(BufferLease left, BufferLease right) => !left.Equals(right);
}
