using System.Net.Sockets;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>
/// What must be said of a socket before it is bound or connected. Everything else is a property of the socket. A property
/// left alone keeps what the system gives every socket.
/// </summary>
public sealed record ZeroCopySocketOptions
{
    internal static ZeroCopySocketOptions Default { get; } = new();

    /// <summary>
    /// Whether an IPv6 socket serves IPv4 too, with addresses such as ::ffff:192.0.2.1 (not IPV6_V6ONLY). On by default;
    /// it means nothing to other sockets.
    /// </summary>
    public bool DualMode { get; init; } = true;

    /// <summary>
    /// Whether the address may be bound although connections of an earlier socket linger on it, and, for datagrams, although
    /// other sockets with this option are bound to it: each of them receives what is multicast (SO_REUSEADDR). TCP listeners
    /// have it anyway where the system means no more by it than that.
    /// </summary>
    public bool ReuseAddress { get; init; }

    /// <summary>
    /// Whether the address may be bound by other sockets with this option, the system spreading connections or datagrams
    /// over them (SO_REUSEPORT). Linux only.
    /// </summary>
    public bool ReusePort { get; init; }

    /// <summary>
    /// Bytes of data the system keeps on the way out (SO_SNDBUF). Linux reserves, and later reports, twice as much, and at
    /// most twice net.core.wmem_max. Connections a listener accepts have it from the listener.
    /// </summary>
    public int? SendBufferSize { get; init; }

    /// <summary>
    /// Bytes of data the system keeps on the way in (SO_RCVBUF), as <see cref="SendBufferSize"/>. It also limits the window
    /// that TCP can announce, which is settled when a connection begins.
    /// </summary>
    public int? ReceiveBufferSize { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A buffer size is not positive.</exception>
    /// <exception cref="PlatformNotSupportedException">The system has no such option.</exception>
    internal void ApplyTo(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = DualMode;
        }

        if (ReuseAddress)
        {
            SocketSettings.SetReuseAddress(socket);
        }

        if (ReusePort)
        {
            SocketSettings.SetReusePort(socket);
        }

        if (SendBufferSize is { } sendBuffer)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sendBuffer, nameof(SendBufferSize));
            socket.SendBufferSize = sendBuffer;
        }

        if (ReceiveBufferSize is { } receiveBuffer)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(receiveBuffer, nameof(ReceiveBufferSize));
            socket.ReceiveBufferSize = receiveBuffer;
        }
    }
}
