using ZeroCopySockets.Buffers;

namespace ZeroCopySockets;

/// <summary>
/// Received bytes where the kernel put them, held by the caller until <see cref="Dispose"/>; then the buffer receives again.
/// A lease outlives its connection. A connection that holds its whole quota of buffers
/// (<see cref="ZeroCopyOptions.ReceiveBuffersPerSocket"/>) receives no more until one comes back.
/// </summary>
/// <remarks>
/// A small value that may be copied freely; all copies are the same lease. Every use is checked in every build: a lease used
/// after <see cref="Dispose"/> throws <see cref="ObjectDisposedException"/> naming rule ZCS0003. A lease of length 0, as
/// <c>default(ReceiveLease)</c> is, holds no buffer and need not be disposed.
/// </remarks>
[BufferLease]
public readonly struct ReceiveLease : IDisposable, IEquatable<ReceiveLease>
{
    private readonly ReceiveBuffers? _buffers;
    private readonly int _slot;
    private readonly uint _generation;
    private readonly int _start;

    internal ReceiveLease(ReceiveBuffers buffers, int slot, uint generation, int start, int length)
    {
        _buffers = buffers;
        _slot = slot;
        _generation = generation;
        _start = start;
        Length = length;
    }

    /// <summary>Bytes received; 0 when the peer has ended its side.</summary>
    public int Length { get; }

    /// <summary>
    /// The bytes, for an API that takes memory. Valid until <see cref="Dispose"/>, as the span is; while it is pinned, as a
    /// send pins it, the buffer does not go back even if the lease is disposed.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public ReadOnlyMemory<byte> Memory => _buffers is null ? default : _buffers.Memory(_slot, _generation, _start, Length);

    /// <summary>The bytes. The span is valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public ReadOnlySpan<byte> Read() => _buffers is null ? default : _buffers.Bytes(_slot, _generation, _start, Length);

    /// <summary>Ends the lease: the buffer goes back to the kernel. From any thread.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed already.</exception>
    public void Dispose() => _buffers?.EndLease(_slot, _generation);

    /// <inheritdoc/>
    public bool Equals(ReceiveLease other) =>
        ReferenceEquals(_buffers, other._buffers) && _slot == other._slot && _generation == other._generation && _start == other._start && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ReceiveLease other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_slot, _generation);

    /// <summary>Whether both are the same lease.</summary>
    public static bool operator ==(ReceiveLease left, ReceiveLease right) => left.Equals(right);

    /// <summary>Whether they are different leases.</summary>
    public static bool operator !=(ReceiveLease left, ReceiveLease right) => !left.Equals(right);
}
