using ZeroCopySockets.Engine;

namespace ZeroCopySockets;

/// <summary>One piece of a send in several pieces: a leased buffer, a part of one, or memory of the caller's.</summary>
public readonly struct SendSegment
{
    private readonly BufferLease _lease;
    private readonly int _offset;
    private readonly bool _isLease;
    private readonly ReadOnlyMemory<byte> _memory;

    /// <summary>A whole leased buffer.</summary>
    public SendSegment(BufferLease buffer) : this(buffer, Range.All)
    {
    }

    /// <summary>A part of a leased buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part reaches outside the buffer.</exception>
    public SendSegment(BufferLease buffer, Range part)
    {
        _lease = buffer;
        _isLease = true;
        (_offset, Length) = part.GetOffsetAndLength(buffer.Length);
    }

    /// <summary>Memory of the caller's.</summary>
    public SendSegment(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        Length = memory.Length;
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>It lies in registered memory.</summary>
    internal bool InSlab => _isLease;

    /// <summary>The whole of a leased buffer.</summary>
    public static implicit operator SendSegment(BufferLease buffer) => new(buffer);

    /// <summary>Memory of the caller's.</summary>
    public static implicit operator SendSegment(ReadOnlyMemory<byte> memory) => new(memory);

    /// <summary>Memory of the caller's.</summary>
    public static implicit operator SendSegment(Memory<byte> memory) => new(memory);

    /// <summary>An array of the caller's.</summary>
    public static implicit operator SendSegment(byte[] array) => new(array);

    /// <summary>Lends it: from here until the loan is returned only the kernel may touch the bytes.</summary>
    internal Loan Lend()
    {
        if (!_isLease)
        {
            return Loan.OfMemory(_memory);
        }

        _lease.Pool.States.BeginSend(_lease.Slot, _lease.Generation);
        return Loan.OfSlot(_lease, _offset, Length, endsLease: false);
    }

    /// <summary>Copies it, so that the piece itself is not lent at all.</summary>
    internal void CopyTo(Span<byte> destination) =>
        (_isLease ? _lease.Read().Slice(_offset, Length) : _memory.Span).CopyTo(destination);

    /// <exception cref="ArgumentException">The lease is another engine's.</exception>
    /// <exception cref="InvalidOperationException">In guard mode: the memory is received into.</exception>
    internal void ThrowIfNotToBeSent(ZeroCopyEngine engine)
    {
        if (!_isLease)
        {
            engine.Operations.Guard?.ThrowIfHeld(_memory, toReceive: false);
        }

        if (_isLease && !ReferenceEquals(_lease.Pool, engine.Pool))
        {
            throw new ArgumentException("The buffer was rented from another engine; rent it from this socket or its engine.");
        }
    }
}
