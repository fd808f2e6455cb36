namespace ZeroCopySockets;

/// <summary>Rents buffers in registered memory: an engine, or any of its sockets.</summary>
public interface IBufferSource
{
    /// <summary>Rents a buffer now.</summary>
    /// <param name="length">Bytes wanted, 1 to 65,536.</param>
    /// <exception cref="InvalidOperationException">Every buffer that fits is leased or in flight; <see cref="RentAsync"/> waits instead.</exception>
    [ReturnsOwnership]
    BufferLease Rent(int length);

    /// <summary>Rents a buffer, waiting in turn until one returns: the natural brake on a sender that outruns its peers.</summary>
    /// <param name="length">Bytes wanted, 1 to 65,536.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">No buffer returned within <see cref="ZeroCopyOptions.LeaseTimeout"/>.</exception>
    [ReturnsOwnership]
    ValueTask<BufferLease> RentAsync(int length, CancellationToken cancellationToken = default);
}
