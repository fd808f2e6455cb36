using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>
/// A datagram socket, UDP or Unix. One send is one datagram, one message is one datagram; a network may lose, repeat and reorder them.
/// Every send exists twice: to the connected peer, and to an address.
/// </summary>
public sealed partial class ZeroCopyDatagramSocket : IBufferSource, IAsyncDisposable, IDisposable
{
    private readonly SocketCore _core;

    internal ZeroCopyDatagramSocket(SocketCore core) => _core = core;

    /// <summary>The engine it belongs to.</summary>
    public ZeroCopyEngine Engine => _core.Engine;

    /// <summary>The loop it belongs to for life.</summary>
    public ZeroCopyLoop Loop => _core.Loop;

    /// <summary>The local address.</summary>
    public EndPoint LocalEndPoint => _core.LocalEndPoint;

    /// <summary>Zero copy or copy, for the sends that follow.</summary>
    public ZeroCopyPolicy Policy
    {
        get => _core.Policy.Mode;
        set => _core.Policy.Mode = value;
    }

    internal SocketCore Core => _core;

    /// <summary>Binds a socket over the default engine.</summary>
    /// <inheritdoc cref="ZeroCopyEngine.BindDatagram"/>
    public static ZeroCopyDatagramSocket Bind(EndPoint local, ZeroCopySocketOptions? options = null) => ZeroCopyEngine.Default.BindDatagram(local, options);

    /// <summary>Connects: the sends without an address go to this peer, and datagrams of others are no longer received.</summary>
    /// <param name="remote">The peer. The host name of a <see cref="DnsEndPoint"/> is resolved within the call, which may take its time.</param>
    /// <exception cref="SocketException">No route to the peer, or no such host.</exception>
    public void Connect(EndPoint remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        _core.Enter();
        try
        {
            _core.Handle.Socket.Connect(remote);
        }
        finally
        {
            _core.Exit();
        }
    }

    /// <inheritdoc/>
    [ReturnsOwnership]
    public BufferLease Rent(int length) => _core.Engine.Rent(length);

    /// <inheritdoc/>
    [ReturnsOwnership]
    public ValueTask<BufferLease> RentAsync(int length, CancellationToken cancellationToken = default) => _core.Engine.RentAsync(length, cancellationToken);

    /// <summary>Encodes a message straight into registered memory and sends it to the connected peer. The slot returns to the pool by itself.</summary>
    /// <returns>The first completion.</returns>
    /// <exception cref="SocketException">The datagram could not be sent.</exception>
    public ValueTask<SendReceipt> SendZeroCopyAsync<T>(in T message, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessageAsync(message, default, cancellationToken);

    /// <summary>Encodes a message straight into registered memory and sends it to an address.</summary>
    /// <inheritdoc cref="SendZeroCopyAsync{T}(in T, CancellationToken)"/>
    public ValueTask<SendReceipt> SendZeroCopyAsync<T>(in T message, in PeerAddress destination, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessageAsync(message, NotEmpty(destination), cancellationToken);

    /// <summary>Sends a leased buffer from where it lies to the connected peer.</summary>
    /// <param name="buffer">The buffer. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="cancellationToken">Gives up; the buffer stays the kernel's until its notification all the same.</param>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] BufferLease buffer, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAsync(buffer, Range.All, default, cancellationToken);

    /// <summary>Sends a leased buffer from where it lies to an address.</summary>
    /// <param name="buffer">The buffer. From this call until <see cref="SendReceipt.Recycled"/> it must not be written.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Gives up; the buffer stays the kernel's until its notification all the same.</param>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] BufferLease buffer, in PeerAddress destination, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAsync(buffer, Range.All, NotEmpty(destination), cancellationToken);

    /// <summary>Sends memory of the caller's from where it lies to the connected peer; it stays pinned until the kernel lets go of it.</summary>
    /// <param name="buffer">The memory. From this call until <see cref="SendReceipt.Recycled"/> it must not be written or returned to a pool.</param>
    /// <param name="cancellationToken">Gives up; the memory stays the kernel's until its notification all the same.</param>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _core.SendMemoryAsync(buffer, default, cancellationToken);

    /// <summary>Sends memory of the caller's from where it lies to an address; it stays pinned until the kernel lets go of it.</summary>
    /// <param name="buffer">The memory. From this call until <see cref="SendReceipt.Recycled"/> it must not be written or returned to a pool.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Gives up; the memory stays the kernel's until its notification all the same.</param>
    public ValueTask<SendReceipt> SendZeroCopyAsync([LentToKernel] ReadOnlyMemory<byte> buffer, in PeerAddress destination, CancellationToken cancellationToken = default) =>
        _core.SendMemoryAsync(buffer, NotEmpty(destination), cancellationToken);

    /// <summary>Sends a message to the connected peer; one unified completion, when it is accounted and its slot is free again.</summary>
    public ValueTask SendAndRecycleAsync<T>(in T message, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessageAndRecycleAsync(message, default, cancellationToken);

    /// <summary>Sends a message to an address; one unified completion, when it is accounted and its slot is free again.</summary>
    public ValueTask SendAndRecycleAsync<T>(in T message, in PeerAddress destination, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        _core.SendMessageAndRecycleAsync(message, NotEmpty(destination), cancellationToken);

    /// <summary>Sends a leased buffer to the connected peer; one unified completion, when the buffer may be written again.</summary>
    public ValueTask SendAndRecycleAsync([LentToKernel] BufferLease buffer, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAndRecycleAsync(buffer, Range.All, default, cancellationToken);

    /// <summary>Sends a leased buffer to an address; one unified completion, when the buffer may be written again.</summary>
    public ValueTask SendAndRecycleAsync([LentToKernel] BufferLease buffer, in PeerAddress destination, CancellationToken cancellationToken = default) =>
        _core.SendLeaseAndRecycleAsync(buffer, Range.All, NotEmpty(destination), cancellationToken);

    /// <summary>Sends memory of the caller's to the connected peer; one unified completion, when it may be written again.</summary>
    public ValueTask SendAndRecycleAsync([LentToKernel] ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _core.SendMemoryAndRecycleAsync(buffer, default, cancellationToken);

    /// <summary>Sends memory of the caller's to an address; one unified completion, when it may be written again.</summary>
    public ValueTask SendAndRecycleAsync([LentToKernel] ReadOnlyMemory<byte> buffer, in PeerAddress destination, CancellationToken cancellationToken = default) =>
        _core.SendMemoryAndRecycleAsync(buffer, NotEmpty(destination), cancellationToken);

    /// <summary>Receives one datagram into the caller's memory, which must not be touched until the result is there.</summary>
    /// <param name="buffer">Where to. A longer datagram is cut and says so.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _core.ReceiveFromAsync(buffer, cancellationToken);

    /// <summary>Receives messages, one per datagram, parsed in place. A datagram that is no such message is reported, not thrown.</summary>
    /// <typeparam name="TView">The generated view.</typeparam>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    public DatagramReceiver<TView> ReceiveMessagesAsync<TView>(CancellationToken cancellationToken = default) where TView : IWireView<TView>, allows ref struct =>
        new(this, cancellationToken);

    /// <summary>
    /// Completes when the kernel holds no memory of this socket's sends: what to await before memory of a send that failed or
    /// was cancelled, and so has no receipt, is written or given back. Sends that are made meanwhile are waited for too. A
    /// peer that does not read may keep memory with the kernel; disposing the socket makes the kernel let go.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the kernel let go of the memory.</exception>
    public Task WhenRecycledAsync() => _core.WhenRecycledAsync();

    /// <summary>Closes the socket: ends what is pending, waits for buffers the kernel still holds, closes the descriptor last.</summary>
    public ValueTask DisposeAsync() => new(_core.CloseAsync(abort: false));

    /// <summary>Starts <see cref="DisposeAsync"/> without waiting for its end.</summary>
    public void Dispose() => _ = _core.CloseAsync(abort: false);

    private static PeerAddress NotEmpty(in PeerAddress destination) =>
        destination.IsEmpty ? throw new ArgumentException("The destination is empty; use the form without one on a connected socket.", nameof(destination)) : destination;
}
