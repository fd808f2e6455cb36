using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <content>One buffer to many sockets.</content>
public sealed partial class ZeroCopyEngine
{
    /// <summary>
    /// Sends one leased buffer to many connections, in one system call for the sockets of a loop, and recycles it once. A
    /// connection that fails is reported and holds up no other; one whose peer does not read holds up the result, which
    /// <paramref name="cancellationToken"/> bounds.
    /// </summary>
    /// <param name="sockets">The connections; sockets of this engine.</param>
    /// <param name="buffer">The buffer. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="onError">Told of each connection to which the buffer could not be sent.</param>
    /// <param name="cancellationToken">Gives up those sends that are still waiting; each is reported as cancelled.</param>
    /// <returns>The first completion of all, with the bytes accepted in all. Its Recycled waits for the last notification.</returns>
    /// <exception cref="ArgumentException">A socket or the buffer is of another engine.</exception>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public ValueTask<SendReceipt> SendToAllAsync(
        IReadOnlyList<ZeroCopySocket> sockets,
        [LentToKernel] BufferLease buffer,
        Action<ZeroCopySocket, Exception>? onError = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        if (!ReferenceEquals(buffer.Pool, Pool))
        {
            throw new ArgumentException("The buffer was rented from another engine; rent it from this one.", nameof(buffer));
        }

        Pool.States.ThrowIfStale(buffer.Slot, buffer.Generation);
        return Operations.RentFanOut().SendAsync(this, sockets, buffer, onError, cancellationToken);
    }
}
