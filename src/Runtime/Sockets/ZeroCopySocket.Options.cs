using System.Net.Sockets;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

// Options. Each reads and writes the system's own value and throws a SocketException where the system refuses.
public sealed partial class ZeroCopySocket
{
    /// <summary>Whether small sends go out at once instead of being collected (TCP_NODELAY). On by default; TCP only.</summary>
    public bool NoDelay
    {
        get => _core.Handle.Socket.NoDelay;
        set => _core.Handle.Socket.NoDelay = value;
    }

    /// <inheritdoc cref="ZeroCopySocketOptions.SendBufferSize"/>
    public int SendBufferSize
    {
        get => _core.Handle.Socket.SendBufferSize;
        set => _core.Handle.Socket.SendBufferSize = value;
    }

    /// <inheritdoc cref="ZeroCopySocketOptions.ReceiveBufferSize"/>
    public int ReceiveBufferSize
    {
        get => _core.Handle.Socket.ReceiveBufferSize;
        set => _core.Handle.Socket.ReceiveBufferSize = value;
    }

    /// <summary>Probing of a silent peer (SO_KEEPALIVE); null, the default, for none. TCP only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is not positive, or more than the system takes.</exception>
    public TcpKeepAlive? KeepAlive
    {
        get => SocketSettings.GetKeepAlive(_core.Handle.Socket);
        set => SocketSettings.SetKeepAlive(_core.Handle.Socket, value);
    }

    /// <summary>
    /// How long sent data may stay unacknowledged before the connection ends with <see cref="SocketError.TimedOut"/>
    /// (TCP_USER_TIMEOUT), in whole milliseconds; zero, the default, for the system's own patience. Linux and TCP only.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 24 days.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public TimeSpan UserTimeout
    {
        get => SocketSettings.GetUserTimeout(_core.Handle.Socket);
        set => SocketSettings.SetUserTimeout(_core.Handle.Socket, value);
    }

    /// <summary>Hops a packet may make (IP_TTL, IPV6_UNICAST_HOPS), 1 to 255.</summary>
    /// <exception cref="NotSupportedException">A Unix socket.</exception>
    public int TimeToLive
    {
        get => _core.Handle.Socket.Ttl;
        set => SocketSettings.SetTimeToLive(_core.Handle.Socket, value);
    }

    /// <summary>
    /// What closing does with data that is not yet acknowledged (SO_LINGER). Off by default: the system goes on delivering
    /// it. With a time in seconds, <see cref="DisposeAsync"/> completes up to that much later, and a thread waits with it, which
    /// is no loop's; to reset instead, see <see cref="AbortAsync"/>.
    /// </summary>
    public LingerOption LingerState
    {
        get => _core.Handle.Socket.LingerState!;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _core.Handle.Socket.LingerState = value;
        }
    }

    /// <summary>Reads an option this class has no property for (getsockopt), in the numbers and the layout of the system.</summary>
    /// <returns>Bytes of <paramref name="value"/> that were written.</returns>
    public int GetRawSocketOption(int level, int name, Span<byte> value) => _core.Handle.Socket.GetRawSocketOption(level, name, value);

    /// <summary>Sets an option this class has no property for (setsockopt), in the numbers and the layout of the system.</summary>
    public void SetRawSocketOption(int level, int name, ReadOnlySpan<byte> value)
    {
        _core.UserMayCork |= level == (int)SocketOptionLevel.Tcp;
        _core.Handle.Socket.SetRawSocketOption(level, name, value);
    }
}
