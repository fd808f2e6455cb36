using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>
/// A connected stream socket, TCP or Unix. Sends keep the order of their calls, awaited or not. Every send has two ends: the awaited result
/// (accounted, in order; send the next) and <see cref="SendReceipt.Recycled"/> (the buffer is yours again).
/// </summary>
/// <remarks>
/// Methods may be called from any thread; on the socket's own <see cref="Loop"/> they cost least. One receive at a time.
/// </remarks>
public sealed partial class ZeroCopySocket : IBufferSource, IAsyncDisposable, IDisposable
{
    private readonly SocketCore _core;

    internal ZeroCopySocket(SocketCore core, EndPoint remote)
    {
        _core = core;
        RemoteEndPoint = remote;
    }

    /// <summary>The engine it belongs to.</summary>
    public ZeroCopyEngine Engine => _core.Engine;

    /// <summary>The loop it belongs to for life.</summary>
    public ZeroCopyLoop Loop => _core.Loop;

    /// <summary>The local address: an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</summary>
    public EndPoint LocalEndPoint => _core.LocalEndPoint;

    /// <summary>
    /// The peer's address: an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>, whose path is empty where
    /// the peer is not bound. It stays after the connection's end.
    /// </summary>
    public EndPoint RemoteEndPoint { get; }

    /// <summary>Zero copy or copy, for the sends that follow.</summary>
    public ZeroCopyPolicy Policy
    {
        get => _core.Policy.Mode;
        set => _core.Policy.Mode = value;
    }

    internal SocketCore Core => _core;

    /// <summary>Connects over the default engine.</summary>
    /// <inheritdoc cref="ZeroCopyEngine.ConnectAsync(EndPoint, CancellationToken)"/>
    public static ValueTask<ZeroCopySocket> ConnectAsync(EndPoint remote, CancellationToken cancellationToken = default) =>
        ZeroCopyEngine.Default.ConnectAsync(remote, cancellationToken);

    /// <summary>Connects over the default engine.</summary>
    /// <inheritdoc cref="ZeroCopyEngine.ConnectAsync(string, int, CancellationToken)"/>
    public static ValueTask<ZeroCopySocket> ConnectAsync(string host, int port, CancellationToken cancellationToken = default) =>
        ZeroCopyEngine.Default.ConnectAsync(host, port, cancellationToken);

    /// <inheritdoc/>
    [ReturnsOwnership]
    public BufferLease Rent(int length) => _core.Engine.Rent(length);

    /// <inheritdoc/>
    [ReturnsOwnership]
    public ValueTask<BufferLease> RentAsync(int length, CancellationToken cancellationToken = default) => _core.Engine.RentAsync(length, cancellationToken);

    /// <summary>Encodes a message straight into registered memory and sends it; the slot returns to the pool by itself. With no slot free it is copied instead.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up; a message cut in half ends the stream.</param>
    /// <returns>The first completion.</returns>
    /// <exception cref="SocketException">The connection failed.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync<T>(in T message, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessageAsync(message, default, cancellationToken);

    /// <summary>Sends a leased buffer from where it lies.</summary>
    /// <param name="buffer">The buffer. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="cancellationToken">Gives up; the buffer stays the kernel's until its notification all the same.</param>
    /// <returns>The first completion.</returns>
    /// <exception cref="SocketException">The connection failed.</exception>
    /// <exception cref="ObjectDisposedException">The lease or the socket was disposed.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] BufferLease buffer, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAsync(buffer, Range.All, default, cancellationToken);

    /// <summary>Sends part of a leased buffer from where it lies.</summary>
    /// <param name="buffer">The buffer. From this call until <see cref="SendReceipt.Recycled"/> none of it may be written.</param>
    /// <param name="range">The bytes to send.</param>
    /// <param name="cancellationToken">Gives up; the buffer stays the kernel's until its notification all the same.</param>
    /// <returns>The first completion.</returns>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] BufferLease buffer, Range range, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAsync(buffer, range, default, cancellationToken);

    /// <summary>Sends memory of the caller's from where it lies; it stays pinned until the kernel lets go of it.</summary>
    /// <param name="buffer">The memory. From this call until <see cref="SendReceipt.Recycled"/> it must not be written or returned to a pool.</param>
    /// <param name="cancellationToken">Gives up; the memory stays the kernel's until its notification all the same.</param>
    /// <returns>The first completion.</returns>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _core.SendMemoryAsync(buffer, default, cancellationToken);

    /// <summary>Sends a message; one unified completion, when it is accounted and its slot is free again.</summary>
    public ValueTask SendAndRecycleAsync<T>(in T message, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessageAndRecycleAsync(message, default, cancellationToken);

    /// <summary>Sends a leased buffer; one unified completion, when the buffer may be written again.</summary>
    public ValueTask SendAndRecycleAsync([LentToKernel] BufferLease buffer, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAndRecycleAsync(buffer, Range.All, default, cancellationToken);

    /// <summary>Sends memory of the caller's; one unified completion, when it may be written again.</summary>
    public ValueTask SendAndRecycleAsync([LentToKernel] ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _core.SendMemoryAndRecycleAsync(buffer, default, cancellationToken);

    /// <summary>Receives into the caller's memory, which must not be touched until the result is there.</summary>
    /// <param name="buffer">Where to; at least one byte.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Bytes received, at least 1; 0 when the peer has ended its side.</returns>
    /// <exception cref="SocketException">The connection failed.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _core.ReceiveAsync(buffer, cancellationToken);

    /// <summary>
    /// Receives the next bytes where the kernel put them, in a buffer of the loop's, without copying. The first call arms a
    /// standing receive, so bytes may arrive ahead of the calls, up to <see cref="ZeroCopyOptions.ReceiveBuffersPerSocket"/>
    /// buffers of them; from then on <see cref="ReceiveAsync"/> copies out of those buffers, in the same order.
    /// </summary>
    /// <remarks>One receive at a time. For large reads into memory of your own <see cref="ReceiveAsync"/> alone costs less.</remarks>
    /// <param name="cancellationToken">Ends the wait; what arrives is there for the next receive.</param>
    /// <returns>1 to <see cref="ZeroCopyOptions.ReceiveBufferSize"/> bytes, to be disposed; of length 0 when the peer has ended its side.</returns>
    /// <exception cref="SocketException">The connection failed.</exception>
    /// <exception cref="InvalidOperationException">Another receive is outstanding.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    [ReturnsOwnership]
    public ValueTask<ReceiveLease> ReceiveLeasedAsync(CancellationToken cancellationToken = default) => _core.ReceiveLeasedAsync(cancellationToken);

    /// <summary>Receives whole messages, parsed in place, however TCP cuts them.</summary>
    /// <typeparam name="TView">The generated view.</typeparam>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    public MessageReceiver<TView> ReceiveMessagesAsync<TView>(CancellationToken cancellationToken = default) where TView : ISelfDelimitingView<TView>, allows ref struct =>
        new(this, cancellationToken);

    /// <summary>
    /// Ends one or both directions at once. Await your sends first: the peer sees the end of the stream after every send that
    /// has its result, and what still waits in line fails. Memory the kernel owes stays its own until the notification.
    /// </summary>
    /// <param name="how">Which.</param>
    public void Shutdown(SocketShutdown how)
    {
        _core.Enter();
        try
        {
            _core.Engine.Kernel.Shutdown(_core.Handle, how);
        }
        finally
        {
            _core.Exit();
        }
    }

    /// <summary>
    /// Completes when the kernel holds no memory of this socket's sends: what to await before memory of a send that failed or
    /// was cancelled, and so has no receipt, is written or given back. Sends that are made meanwhile are waited for too. A
    /// peer that does not read may keep memory with the kernel; <see cref="AbortAsync"/> makes the kernel let go.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the kernel let go of the memory.</exception>
    public Task WhenRecycledAsync() => _core.WhenRecycledAsync();

    /// <summary>Resets the connection: nothing unsent is delivered, and the kernel gives every buffer back at once.</summary>
    public Task AbortAsync() => _core.CloseAsync(abort: true);

    /// <summary>
    /// Closes the connection: ends what is pending, waits up to <see cref="ZeroCopyOptions.CloseTimeout"/> for buffers the
    /// kernel still holds, closes the descriptor last. Sends that were not awaited and had not started are given up.
    /// </summary>
    public ValueTask DisposeAsync() => new(_core.CloseAsync(abort: false));

    /// <summary>Starts <see cref="DisposeAsync"/> without waiting for its end.</summary>
    public void Dispose() => _ = _core.CloseAsync(abort: false);
}
