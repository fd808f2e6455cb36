using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <content>Sends of several pieces, and of many messages at once.</content>
public sealed partial class ZeroCopySocket
{
    /// <summary>
    /// Sends a header and a payload from where they lie, one after the other, in one send. A small header beside a payload
    /// worth zero copy is copied rather than pinned, and is the caller's again at once; wait for the receipt all the same.
    /// </summary>
    /// <param name="header">The first piece.</param>
    /// <param name="payload">The second.</param>
    /// <param name="cancellationToken">Gives up; the buffers stay the kernel's until the notification all the same.</param>
    /// <inheritdoc cref="SendZeroCopyAsync(ReadOnlySpan{SendSegment}, CancellationToken)"/>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] SendSegment header, [LentToKernel] SendSegment payload, CancellationToken cancellationToken = default) =>
        _core.SendSegmentsAsync([header, payload], default, cancellationToken);

    /// <summary>Sends several pieces from where they lie, one after the other, in one send (sendmsg).</summary>
    /// <param name="segments">The pieces, 1,024 at the most. From this call until <see cref="SendReceipt.Recycled"/> none may be written.</param>
    /// <param name="cancellationToken">Gives up; the buffers stay the kernel's until the notification all the same.</param>
    /// <returns>The first completion of the whole.</returns>
    /// <exception cref="ArgumentException">Too many pieces, or a buffer of another engine.</exception>
    /// <exception cref="ObjectDisposedException">A lease or the socket was disposed.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The connection failed.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] ReadOnlySpan<SendSegment> segments, CancellationToken cancellationToken = default) =>
        _core.SendSegmentsAsync(segments, default, cancellationToken);

    /// <summary>
    /// Encodes many messages straight into registered memory, as many to a slot as fit, and sends them in one send. The
    /// slots return to the pool by themselves.
    /// </summary>
    /// <param name="messages">The messages; what 1,024 slots of 64 KiB hold, at the most.</param>
    /// <param name="cancellationToken">Gives up. Messages may be cut then, which ends the stream for later sends.</param>
    /// <returns>The first completion of the whole.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The connection failed.</exception>
    public ValueTask<SendReceipt> SendManyAsync<T>(ReadOnlySpan<T> messages, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessagesAsync(messages, default, cancellationToken);

    /// <summary>
    /// Sends a header and its payload in one send: the header is encoded into registered memory of ours, its payload field
    /// set, and the payload goes from where it lies.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="payload">The payload. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="cancellationToken">Gives up; the payload stays the kernel's until the notification all the same.</param>
    /// <returns>The first completion of the whole.</returns>
    /// <exception cref="ArgumentException">The payload is longer than the message allows, or a buffer of another engine.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The connection failed.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync<T>(in T header, [LentToKernel] SendSegment payload, CancellationToken cancellationToken = default) where T : unmanaged, IPayloadHeader<T> =>
        _core.SendPayloadAsync(header, payload, default, cancellationToken);

    /// <summary>Sends a header and its payload in one send; one unified completion, when the payload may be written again.</summary>
    /// <inheritdoc cref="SendZeroCopyAsync{T}(in T, SendSegment, CancellationToken)"/>
    public ValueTask SendAndRecycleAsync<T>(in T header, [LentToKernel] SendSegment payload, CancellationToken cancellationToken = default) where T : unmanaged, IPayloadHeader<T> =>
        _core.SendPayloadAndRecycleAsync(header, payload, default, cancellationToken);
}
