using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Sockets;

/// <summary>Socket options that System.Net.Sockets does not have, has under another meaning, or has per address family.</summary>
internal static class SocketSettings
{
    // asm-generic/socket.h and linux/tcp.h. The same numbers on x64, arm64, riscv64 and loongarch64.
    private const int LinuxSocketLevel = 1;
    private const int LinuxReuseAddress = 2;
    private const int LinuxReusePort = 15;
    private const int LinuxTcpUserTimeout = 18;

    // Linux takes no more than these (MAX_TCP_KEEPIDLE and the others in net/tcp.h).
    private const int MostKeepAliveSeconds = 32_767;
    private const int MostKeepAliveRetries = 127;

    public static void SetReuseAddress(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            // .NET's ReuseAddress would set SO_REUSEPORT too, and with it divide datagrams between the sockets.
            SetRawInt32(socket, LinuxSocketLevel, LinuxReuseAddress, 1);
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        }
    }

    public static void SetReusePort(Socket socket)
    {
        ThrowUnlessLinux("SO_REUSEPORT that spreads the load");
        SetRawInt32(socket, LinuxSocketLevel, LinuxReusePort, 1);
    }

    public static TimeSpan GetUserTimeout(Socket socket)
    {
        ThrowUnlessLinux("TCP_USER_TIMEOUT");
        int timeoutMs = 0;
        socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, LinuxTcpUserTimeout, MemoryMarshal.AsBytes(new Span<int>(ref timeoutMs)));
        return TimeSpan.FromMilliseconds(timeoutMs);
    }

    public static void SetUserTimeout(Socket socket, TimeSpan timeout)
    {
        ThrowUnlessLinux("TCP_USER_TIMEOUT");
        if (timeout < TimeSpan.Zero || timeout.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "Must be 0 (the system's default) to 24 days.");
        }

        SetRawInt32(socket, (int)SocketOptionLevel.Tcp, LinuxTcpUserTimeout, (int)Math.Ceiling(timeout.TotalMilliseconds));
    }

    public static TcpKeepAlive? GetKeepAlive(Socket socket) =>
        socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive) is 0
            ? null
            : new TcpKeepAlive(
                TimeSpan.FromSeconds((int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!),
                TimeSpan.FromSeconds((int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!),
                (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)!);

    public static void SetKeepAlive(Socket socket, TcpKeepAlive? keepAlive)
    {
        if (keepAlive is { } settings)
        {
            int time = WholeSeconds(settings.Time, nameof(TcpKeepAlive.Time));
            int interval = WholeSeconds(settings.Interval, nameof(TcpKeepAlive.Interval));
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.RetryCount, nameof(TcpKeepAlive.RetryCount));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.RetryCount, MostKeepAliveRetries, nameof(TcpKeepAlive.RetryCount));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, time);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, settings.RetryCount);
        }

        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, keepAlive is not null);
    }

    /// <summary>Joins or leaves a group. Its family counts, not the socket's: a dual-mode socket joins groups of both.</summary>
    public static void ChangeMembership(Socket socket, SocketOptionName change, IPAddress group, int interfaceIndex)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentOutOfRangeException.ThrowIfNegative(interfaceIndex);
        if (group.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, change, new IPv6MulticastOption(group, interfaceIndex));
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.IP, change, new MulticastOption(group, interfaceIndex));
        }
    }

    public static void SetMulticastInterface(Socket socket, int interfaceIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(interfaceIndex);
        SetForFamilies(socket, SocketOptionName.MulticastInterface, interfaceIndex, IPAddress.HostToNetworkOrder(interfaceIndex));
    }

    public static void SetMulticastLoopback(Socket socket, bool enabled) =>
        SetForFamilies(socket, SocketOptionName.MulticastLoopback, enabled ? 1 : 0, enabled ? 1 : 0);

    public static int GetMulticastTimeToLive(Socket socket) => (int)socket.GetSocketOption(IPLevel(socket), SocketOptionName.MulticastTimeToLive)!;

    public static void SetMulticastTimeToLive(Socket socket, int hops)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hops);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hops, byte.MaxValue);
        SetForFamilies(socket, SocketOptionName.MulticastTimeToLive, hops, hops);
    }

    /// <summary>Sets TTL or hop limit; System.Net.Sockets would let 0 through to the system, which means nothing.</summary>
    public static void SetTimeToLive(Socket socket, int hops)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hops);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hops, byte.MaxValue);
        socket.Ttl = (short)hops;
        SetForIPv4Too(socket, SocketOptionName.IpTimeToLive, hops);
    }

    /// <summary>Sets an option that both families have, with the value it has in each.</summary>
    private static void SetForFamilies(Socket socket, SocketOptionName name, int v6, int v4)
    {
        SocketOptionLevel level = IPLevel(socket);
        socket.SetSocketOption(level, name, level == SocketOptionLevel.IP ? v4 : v6);
        SetForIPv4Too(socket, name, v4);
    }

    /// <summary>What an IPv6 socket is told says nothing of the IPv4 traffic of a dual-mode one.</summary>
    private static void SetForIPv4Too(Socket socket, SocketOptionName name, int value)
    {
        if (socket.AddressFamily != AddressFamily.InterNetworkV6 || !socket.DualMode)
        {
            return;
        }

        try
        {
            socket.SetSocketOption(SocketOptionLevel.IP, name, value);
        }
        catch (SocketException)
        {
            // Some systems refuse IPv6 sockets the options of IPv4, whose traffic then keeps the defaults.
        }
    }

    private static SocketOptionLevel IPLevel(Socket socket) => socket.AddressFamily switch
    {
        AddressFamily.InterNetwork => SocketOptionLevel.IP,
        AddressFamily.InterNetworkV6 => SocketOptionLevel.IPv6,
        _ => throw new NotSupportedException("Only IP sockets have multicast."),
    };

    private static int WholeSeconds(TimeSpan value, string name) =>
        value.TotalSeconds is > 0 and <= MostKeepAliveSeconds
            ? (int)Math.Ceiling(value.TotalSeconds)
            : throw new ArgumentOutOfRangeException(name, value, $"Must be positive and at most {MostKeepAliveSeconds} seconds.");

    private static void SetRawInt32(Socket socket, int level, int name, int value) =>
        socket.SetRawSocketOption(level, name, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    private static void ThrowUnlessLinux(string option)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException($"{option} is an option of Linux.");
        }
    }
}
