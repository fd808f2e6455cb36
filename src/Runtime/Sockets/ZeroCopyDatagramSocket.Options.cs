using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

// Options. Each reads and writes the system's own value and throws a SocketException where the system refuses. What is set
// on a dual-mode socket holds for its IPv4 traffic too, where the system allows that; what is read is the value for IPv6.
public sealed partial class ZeroCopyDatagramSocket
{
    /// <summary>Bytes of datagrams the kernel keeps on their way out (SO_SNDBUF).</summary>
    public int SendBufferSize
    {
        get => _core.Handle.Socket.SendBufferSize;
        set => _core.Handle.Socket.SendBufferSize = value;
    }

    /// <summary>Bytes of datagrams the kernel keeps for this socket before it drops (SO_RCVBUF).</summary>
    public int ReceiveBufferSize
    {
        get => _core.Handle.Socket.ReceiveBufferSize;
        set => _core.Handle.Socket.ReceiveBufferSize = value;
    }

    /// <summary>Hops a datagram may make (IP_TTL, IPV6_UNICAST_HOPS), 1 to 255; multicast has its own limit.</summary>
    /// <exception cref="NotSupportedException">A Unix socket.</exception>
    public int TimeToLive
    {
        get => _core.Handle.Socket.Ttl;
        set => SocketSettings.SetTimeToLive(_core.Handle.Socket, value);
    }

    /// <summary>Whether datagrams may go to broadcast addresses (SO_BROADCAST). Off by default, and such sends are refused.</summary>
    public bool EnableBroadcast
    {
        get => _core.Handle.Socket.EnableBroadcast;
        set => _core.Handle.Socket.EnableBroadcast = value;
    }

    /// <summary>Hops a multicast datagram may make, 0 to 255; 1 by default, which is the local network.</summary>
    /// <exception cref="NotSupportedException">A Unix socket.</exception>
    public int MulticastTimeToLive
    {
        get => SocketSettings.GetMulticastTimeToLive(_core.Handle.Socket);
        set => SocketSettings.SetMulticastTimeToLive(_core.Handle.Socket, value);
    }

    /// <summary>Whether multicast datagrams sent here reach members on this machine too. On by default.</summary>
    /// <exception cref="NotSupportedException">A Unix socket.</exception>
    public bool MulticastLoopback
    {
        get => _core.Handle.Socket.MulticastLoopback;
        set => SocketSettings.SetMulticastLoopback(_core.Handle.Socket, value);
    }

    /// <summary>Chooses the interface multicast datagrams leave by.</summary>
    /// <param name="interfaceIndex">The interface's index, as in <see cref="System.Net.NetworkInformation.IPv4InterfaceProperties.Index"/>; 0 to leave it to the routes.</param>
    /// <exception cref="NotSupportedException">A Unix socket.</exception>
    public void SetMulticastInterface(int interfaceIndex) => SocketSettings.SetMulticastInterface(_core.Handle.Socket, interfaceIndex);

    /// <summary>Begins to receive what is sent to a group. A dual-mode socket may join IPv4 groups too.</summary>
    /// <param name="group">The group's address, IPv4 or IPv6.</param>
    /// <param name="interfaceIndex">The interface's index; 0 to leave it to the routes.</param>
    /// <exception cref="SocketException">It is no group's address, there is no such interface, or the socket is a member already.</exception>
    public void JoinMulticastGroup(IPAddress group, int interfaceIndex = 0) =>
        SocketSettings.ChangeMembership(_core.Handle.Socket, SocketOptionName.AddMembership, group, interfaceIndex);

    /// <summary>
    /// Ends what <see cref="JoinMulticastGroup"/> began; the arguments are the same. On Linux a socket bound to the any-address
    /// goes on receiving while any other on the machine is a member, unless IP_MULTICAST_ALL is switched off (ip(7)).
    /// </summary>
    /// <exception cref="SocketException">The socket is not a member.</exception>
    public void LeaveMulticastGroup(IPAddress group, int interfaceIndex = 0) =>
        SocketSettings.ChangeMembership(_core.Handle.Socket, SocketOptionName.DropMembership, group, interfaceIndex);

    /// <summary>Reads an option this class has no property for (getsockopt), in the numbers and the layout of the system.</summary>
    /// <returns>Bytes of <paramref name="value"/> that were written.</returns>
    public int GetRawSocketOption(int level, int name, Span<byte> value) => _core.Handle.Socket.GetRawSocketOption(level, name, value);

    /// <summary>Sets an option this class has no property for (setsockopt), in the numbers and the layout of the system.</summary>
    public void SetRawSocketOption(int level, int name, ReadOnlySpan<byte> value) => _core.Handle.Socket.SetRawSocketOption(level, name, value);
}
