namespace ZeroCopySockets;

/// <summary>A lease on registered memory that holds one message, implemented by the generated <c>Buffer</c> types.</summary>
/// <typeparam name="TSelf">The buffer.</typeparam>
public interface IMessageBuffer<TSelf> where TSelf : struct, IMessageBuffer<TSelf>
{
    /// <summary>Makes an empty message of a lease that was just rented; whatever its slot held before is overwritten.</summary>
    /// <param name="lease">The lease, as long as the message.</param>
    static abstract TSelf Over([TakesOwnership] BufferLease lease);
}

/// <summary>Rents messages of any type, for generated code and for code that is generic over messages.</summary>
public static class MessageBuffers
{
    /// <summary>Rents registered memory for one message, waiting for a slot when the pool is empty.</summary>
    /// <param name="source">A socket or an engine.</param>
    /// <param name="wireSize">Bytes of the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <typeparam name="TBuffer">The generated buffer.</typeparam>
    [ReturnsOwnership]
    public static async ValueTask<TBuffer> RentMessageAsync<TBuffer>(this IBufferSource source, int wireSize, CancellationToken cancellationToken = default)
        where TBuffer : struct, IMessageBuffer<TBuffer> =>
        TBuffer.Over(await source.RentAsync(wireSize, cancellationToken).ConfigureAwait(false));
}
