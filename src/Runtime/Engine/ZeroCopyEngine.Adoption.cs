using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

// Sockets that were made elsewhere. Where adopting throws, the socket stays the caller's.
public sealed partial class ZeroCopyEngine
{
    /// <summary>
    /// Takes over a connected stream socket, TCP or Unix. From here on it belongs to the socket returned, which also closes
    /// it; nothing else may use it, and no operation may be under way on it. <see cref="ZeroCopySocket.NoDelay"/> is switched on.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <exception cref="ArgumentException">It is no stream socket of these kinds.</exception>
    /// <exception cref="SocketException">It is not connected (<see cref="SocketError.NotConnected"/>), or refuses an option.</exception>
    /// <exception cref="ObjectDisposedException">The socket or the engine was disposed.</exception>
    public ZeroCopySocket AdoptStream(Socket socket)
    {
        ThrowUnlessAdoptable(socket, SocketType.Stream);
        EndPoint remote = socket.RemoteEndPoint ?? throw new SocketException((int)SocketError.NotConnected);
        // What may be refused comes before the socket is ours in any way.
        SetNoDelay(socket);
        SocketCore core = Adopt(socket);
        core.UserMayCork = true;
        return new ZeroCopySocket(core, remote);
    }

    /// <summary>
    /// Takes over a datagram socket, UDP or Unix, connected or not. From here on it belongs to the socket returned, which
    /// also closes it; nothing else may use it, and no operation may be under way on it. A Unix socket need not be bound:
    /// it can send all the same, as a sender without an address.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <exception cref="ArgumentException">It is no datagram socket of these kinds.</exception>
    /// <exception cref="InvalidOperationException">It is a UDP socket and not bound.</exception>
    /// <exception cref="ObjectDisposedException">The socket or the engine was disposed.</exception>
    public ZeroCopyDatagramSocket AdoptDatagram(Socket socket)
    {
        ThrowUnlessAdoptable(socket, SocketType.Dgram);
        return socket.AddressFamily == AddressFamily.Unix || socket.LocalEndPoint is IPEndPoint { Port: > 0 }
            ? new ZeroCopyDatagramSocket(Adopt(socket))
            : throw new InvalidOperationException("The socket must be bound before it is adopted.");
    }

    /// <summary>
    /// Takes over a listening socket, TCP or Unix. From here on it belongs to the listener returned, which also closes it;
    /// nothing else may use it, and no operation may be under way on it.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <exception cref="ArgumentException">It is no stream socket of these kinds.</exception>
    /// <exception cref="InvalidOperationException">It does not listen.</exception>
    /// <exception cref="ObjectDisposedException">The socket or the engine was disposed.</exception>
    public ZeroCopyListener AdoptListener(Socket socket)
    {
        ThrowUnlessAdoptable(socket, SocketType.Stream);
        return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0
            ? new ZeroCopyListener(Adopt(socket))
            : throw new InvalidOperationException("The socket must listen before it is adopted.");
    }

    /// <param name="handle">The socket's handle.</param>
    /// <inheritdoc cref="AdoptStream(Socket)"/>
    public ZeroCopySocket AdoptStream(SafeSocketHandle handle) => Adopt(handle, AdoptStream);

    /// <param name="handle">The socket's handle.</param>
    /// <inheritdoc cref="AdoptDatagram(Socket)"/>
    public ZeroCopyDatagramSocket AdoptDatagram(SafeSocketHandle handle) => Adopt(handle, AdoptDatagram);

    /// <param name="handle">The socket's handle.</param>
    /// <inheritdoc cref="AdoptListener(Socket)"/>
    public ZeroCopyListener AdoptListener(SafeSocketHandle handle) => Adopt(handle, AdoptListener);

    private static T Adopt<T>(SafeSocketHandle handle, Func<Socket, T> adopt)
    {
        var socket = new Socket(handle);
        try
        {
            return adopt(socket);
        }
        catch
        {
            // The handle stays the caller's; the finalizer would close it.
            GC.SuppressFinalize(socket);
            throw;
        }
    }

    private void ThrowUnlessAdoptable(Socket socket, SocketType type)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ThrowIfDisposed();
        if (socket.SocketType != type || socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or AddressFamily.Unix))
        {
            throw new ArgumentException($"A {type} socket of an IP or Unix family is needed, not {socket.SocketType} of {socket.AddressFamily}.", nameof(socket));
        }
    }

    private SocketCore Adopt(Socket socket)
    {
        Kernel.Adopt(socket);
        return new SocketCore(this, NextLoop(), socket);
    }
}
