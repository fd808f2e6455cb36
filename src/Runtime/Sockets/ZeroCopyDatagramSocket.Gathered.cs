using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <content>Datagrams of several pieces.</content>
public sealed partial class ZeroCopyDatagramSocket
{
    /// <summary>
    /// Sends a header and a payload from where they lie as one datagram to the connected peer. A small header beside a
    /// payload worth zero copy is copied rather than pinned.
    /// </summary>
    /// <param name="header">The first piece.</param>
    /// <param name="payload">The second.</param>
    /// <param name="cancellationToken">Gives up; the buffers stay the kernel's until the notification all the same.</param>
    /// <inheritdoc cref="SendZeroCopyAsync(ReadOnlySpan{SendSegment}, CancellationToken)"/>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] SendSegment header, [LentToKernel] SendSegment payload, CancellationToken cancellationToken = default) =>
        _core.SendSegmentsAsync([header, payload], default, cancellationToken);

    /// <summary>Sends several pieces from where they lie as one datagram to the connected peer (sendmsg).</summary>
    /// <param name="segments">The pieces, 1,024 at the most. From this call until <see cref="SendReceipt.Recycled"/> none may be written.</param>
    /// <param name="cancellationToken">Gives up; the buffers stay the kernel's until the notification all the same.</param>
    /// <returns>The first completion.</returns>
    /// <exception cref="ArgumentException">Too many pieces, or a buffer of another engine.</exception>
    /// <exception cref="ObjectDisposedException">A lease or the socket was disposed.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The datagram could not be sent; MessageSize when it is longer than 65,507 bytes.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] ReadOnlySpan<SendSegment> segments, CancellationToken cancellationToken = default) =>
        _core.SendSegmentsAsync(segments, default, cancellationToken);

    /// <summary>Sends several pieces from where they lie as one datagram to an address.</summary>
    /// <param name="segments">The pieces, 1,024 at the most. From this call until <see cref="SendReceipt.Recycled"/> none may be written.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Gives up; the buffers stay the kernel's until the notification all the same.</param>
    /// <inheritdoc cref="SendZeroCopyAsync(ReadOnlySpan{SendSegment}, CancellationToken)"/>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] ReadOnlySpan<SendSegment> segments, in PeerAddress destination, CancellationToken cancellationToken = default) =>
        _core.SendSegmentsAsync(segments, NotEmpty(destination), cancellationToken);

    /// <summary>
    /// Sends a header and its payload as one datagram to the connected peer: the header is encoded into registered memory of
    /// ours, its payload field set, and the payload goes from where it lies.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="payload">The payload. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="cancellationToken">Gives up; the payload stays the kernel's until the notification all the same.</param>
    /// <returns>The first completion.</returns>
    /// <exception cref="ArgumentException">The payload is longer than the message allows, or a buffer of another engine.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The datagram could not be sent; MessageSize when it is longer than 65,507 bytes.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync<T>(in T header, [LentToKernel] SendSegment payload, CancellationToken cancellationToken = default) where T : unmanaged, IPayloadHeader<T> =>
        _core.SendPayloadAsync(header, payload, default, cancellationToken);

    /// <summary>Sends a header and its payload as one datagram to an address.</summary>
    /// <param name="header">The header.</param>
    /// <param name="payload">The payload. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Gives up; the payload stays the kernel's until the notification all the same.</param>
    /// <inheritdoc cref="SendZeroCopyAsync{T}(in T, SendSegment, CancellationToken)"/>
    public ValueTask<SendReceipt> SendZeroCopyAsync<T>(in T header, [LentToKernel] SendSegment payload, in PeerAddress destination, CancellationToken cancellationToken = default) where T : unmanaged, IPayloadHeader<T> =>
        _core.SendPayloadAsync(header, payload, NotEmpty(destination), cancellationToken);

    /// <summary>Sends a header and its payload as one datagram to the connected peer; one unified completion, when the payload may be written again.</summary>
    /// <inheritdoc cref="SendZeroCopyAsync{T}(in T, SendSegment, CancellationToken)"/>
    public ValueTask SendAndRecycleAsync<T>(in T header, [LentToKernel] SendSegment payload, CancellationToken cancellationToken = default) where T : unmanaged, IPayloadHeader<T> =>
        _core.SendPayloadAndRecycleAsync(header, payload, default, cancellationToken);

    /// <summary>Sends a header and its payload as one datagram to an address; one unified completion, when the payload may be written again.</summary>
    /// <inheritdoc cref="SendZeroCopyAsync{T}(in T, SendSegment, in PeerAddress, CancellationToken)"/>
    public ValueTask SendAndRecycleAsync<T>(in T header, [LentToKernel] SendSegment payload, in PeerAddress destination, CancellationToken cancellationToken = default) where T : unmanaged, IPayloadHeader<T> =>
        _core.SendPayloadAndRecycleAsync(header, payload, NotEmpty(destination), cancellationToken);
}
