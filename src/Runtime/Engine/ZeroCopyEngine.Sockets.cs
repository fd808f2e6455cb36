using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

// The ways to a socket: connect, listen, bind, adopt.
public sealed partial class ZeroCopyEngine
{
    /// <summary>Finds a host's addresses; tests put their own in its place.</summary>
    internal Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>> Resolver { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Connects to a listener: TCP, or a Unix stream socket.</summary>
    /// <param name="remote">
    /// The peer: an <see cref="IPEndPoint"/>, a <see cref="UnixDomainSocketEndPoint"/>, or a <see cref="DnsEndPoint"/>, whose
    /// addresses are raced against each other (RFC 8305) until the first connects.
    /// </param>
    /// <param name="cancellationToken">Gives up; a connect has no time limit but the system's otherwise.</param>
    /// <exception cref="SocketException">The host was not found, or the connection could not be made.</exception>
    public ValueTask<ZeroCopySocket> ConnectAsync(EndPoint remote, CancellationToken cancellationToken = default) =>
        ConnectAsync(remote, null, cancellationToken);

    /// <summary>Connects to a host by name or address.</summary>
    /// <param name="host">The name, or an address in text.</param>
    /// <param name="port">The TCP port, 1 to 65535.</param>
    /// <param name="cancellationToken">Gives up; a connect has no time limit but the system's otherwise.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such port.</exception>
    /// <inheritdoc cref="ConnectAsync(EndPoint, CancellationToken)"/>
    public ValueTask<ZeroCopySocket> ConnectAsync(string host, int port, CancellationToken cancellationToken = default) =>
        ConnectAsync(new DnsEndPoint(host, port), null, cancellationToken);

    /// <param name="remote">The peer, as in the form without options.</param>
    /// <param name="options">What must be said of the socket before it connects; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; a connect has no time limit but the system's otherwise.</param>
    /// <inheritdoc cref="ConnectAsync(EndPoint, CancellationToken)"/>
    public ValueTask<ZeroCopySocket> ConnectAsync(EndPoint remote, ZeroCopySocketOptions? options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ThrowIfDisposed();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ZeroCopySocket>(cancellationToken);
        }

        // A socket connected by code on a loop belongs to that loop.
        ZeroCopyLoop loop = ZeroCopyLoop.Current is { } current && _loops.Contains(current) ? current : NextLoop();
        return remote is DnsEndPoint host
            ? ConnectByNameAsync(loop, host, options, cancellationToken)
            : ConnectAsync(loop, remote, options, cancellationToken);
    }

    /// <summary>Listens for connections: TCP, or Unix stream sockets.</summary>
    /// <param name="local">
    /// The address, an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>; port 0 lets the system choose.
    /// <see cref="IPAddress.IPv6Any"/> serves IPv4 too.
    /// </param>
    /// <param name="backlog">Connections the kernel keeps while nobody accepts.</param>
    /// <param name="options">What must be said of the socket before it is bound; null for the defaults.</param>
    /// <exception cref="ArgumentException">It is no address: a <see cref="DnsEndPoint"/>, say.</exception>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    public ZeroCopyListener Listen(EndPoint local, int backlog = 512, ZeroCopySocketOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(backlog);
        Socket socket = NewBoundSocket(local, SocketType.Stream, options);
        try
        {
            socket.Listen(backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new ZeroCopyListener(new SocketCore(this, NextLoop(), socket));
    }

    /// <summary>Binds a datagram socket: UDP, or Unix.</summary>
    /// <param name="local">
    /// The address, an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>; port 0 lets the system choose.
    /// <see cref="IPAddress.IPv6Any"/> serves IPv4 too.
    /// </param>
    /// <param name="options">What must be said of the socket before it is bound; null for the defaults.</param>
    /// <exception cref="ArgumentException">It is no address: a <see cref="DnsEndPoint"/>, say.</exception>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    public ZeroCopyDatagramSocket BindDatagram(EndPoint local, ZeroCopySocketOptions? options = null) =>
        new(new SocketCore(this, NextLoop(), NewBoundSocket(local, SocketType.Dgram, options)));

    /// <summary>The connection that was accepted; null where its peer has reset it already.</summary>
    internal ZeroCopySocket? TryOpenAccepted(Socket accepted)
    {
        if (Kernel.RemoteEndPoint(accepted) is { } remote && TrySetNoDelay(accepted))
        {
            return new ZeroCopySocket(new SocketCore(this, NextLoop(), accepted), remote);
        }

        accepted.Dispose();
        return null;
    }

    /// <summary>False where the connection is reset already, which some systems tell only now.</summary>
    private static bool TrySetNoDelay(Socket accepted)
    {
        try
        {
            SetNoDelay(accepted);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Small sends go out at once. Unix sockets know nothing else.</summary>
    private static void SetNoDelay(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }
    }

    private async ValueTask<ZeroCopySocket> ConnectByNameAsync(ZeroCopyLoop loop, DnsEndPoint host, ZeroCopySocketOptions? options, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Resolver(host.Host, host.AddressFamily, cancellationToken).ConfigureAwait(false);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        return await ConnectionRace.RunAsync(
            [.. ConnectionRace.Interleave(addresses).Select(address => new IPEndPoint(address, host.Port))],
            (address, cancellation) => ConnectAsync(loop, address, options, cancellation).AsTask(),
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ZeroCopySocket> ConnectAsync(ZeroCopyLoop loop, EndPoint remote, ZeroCopySocketOptions? options, CancellationToken cancellationToken)
    {
        var core = new SocketCore(this, loop, NewSocket(remote, SocketType.Stream, options));
        try
        {
            var address = new PeerAddress(remote);
            core.Enter();
            await Operations.RentIo(loop)
                .Start(core, KernelOperation.Connect, default, address.Native, cancellationToken).ConfigureAwait(false);
            SetNoDelay(core.Handle.Socket);
            return new ZeroCopySocket(core, remote);
        }
        catch
        {
            await core.CloseAsync(abort: true).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
            throw;
        }
    }

    private Socket NewBoundSocket(EndPoint local, SocketType type, ZeroCopySocketOptions? options)
    {
        ArgumentNullException.ThrowIfNull(local);
        ThrowIfDisposed();
        if (local is DnsEndPoint)
        {
            throw new ArgumentException($"An address is needed, not the host name '{local}'.", nameof(local));
        }

        Socket socket = NewSocket(local, type, options);
        try
        {
            socket.Bind(local);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket(EndPoint endPoint, SocketType type, ZeroCopySocketOptions? options)
    {
        ProtocolType protocol = endPoint.AddressFamily switch
        {
            AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 => type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp,
            AddressFamily.Unix => ProtocolType.Unspecified,
            _ => throw new SocketException((int)SocketError.AddressFamilyNotSupported),
        };
        var socket = new Socket(endPoint.AddressFamily, type, protocol);
        try
        {
            (options ?? ZeroCopySocketOptions.Default).ApplyTo(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
