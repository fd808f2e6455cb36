using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>Socket addresses as the system lays them out (sockaddr), and the endpoints they stand for.</summary>
internal static class NativeAddress
{
    /// <summary>Bytes before the path of a sockaddr_un, on every system; an address no longer than that has no name.</summary>
    public const int UnixPathOffset = 2;

    /// <summary>Lays an endpoint out.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">It is no address: a host name, say.</exception>
    public static int Write(EndPoint endPoint, Span<byte> native)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is DnsEndPoint)
        {
            throw new ArgumentException($"An address is needed, not the host name '{endPoint}'.", nameof(endPoint));
        }

        SocketAddress address = endPoint.Serialize();
        if (address.Size > MessageBlock.MaxAddressLength)
        {
            throw new SocketException((int)SocketError.AddressFamilyNotSupported);
        }

        address.Buffer.Span[..address.Size].CopyTo(native);
        return address.Size;
    }

    /// <summary>The family, read without making an object of it.</summary>
    public static AddressFamily FamilyOf(ReadOnlySpan<byte> native)
    {
        if (native.Length < sizeof(ushort))
        {
            return AddressFamily.Unspecified;
        }

        // sa_family_t: 2 bytes on Linux (bits/sockaddr.h) and Windows (ws2def.h); 1 behind sa_len on macOS (sys/socket.h).
        int family = OperatingSystem.IsMacOS() ? native[1] : MemoryMarshal.Read<ushort>(native);
        int v6 = OperatingSystem.IsLinux() ? 10 : OperatingSystem.IsMacOS() ? 30 : 23;
        return family switch
        {
            1 => AddressFamily.Unix,
            2 => AddressFamily.InterNetwork,
            _ => family == v6 ? AddressFamily.InterNetworkV6 : AddressFamily.Unknown,
        };
    }

    /// <summary>A new object with the same bytes, for System.Net.Sockets.</summary>
    public static SocketAddress ToSocketAddress(ReadOnlySpan<byte> native)
    {
        var address = new SocketAddress(AddressFamily.Unspecified, native.Length);
        native.CopyTo(address.Buffer.Span);
        return address;
    }

    /// <summary>The endpoint, a new object.</summary>
    public static EndPoint ToEndPoint(ReadOnlySpan<byte> native)
    {
        SocketAddress address = ToSocketAddress(native);
        EndPoint factory = FamilyOf(native) switch
        {
            AddressFamily.InterNetwork => new IPEndPoint(IPAddress.Any, 0),
            AddressFamily.InterNetworkV6 => new IPEndPoint(IPAddress.IPv6Any, 0),
            AddressFamily.Unix => new UnixDomainSocketEndPoint("."),
            _ => throw new SocketException((int)SocketError.AddressFamilyNotSupported),
        };
        return factory.Create(address);
    }
}
