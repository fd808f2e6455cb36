using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets;

/// <summary>
/// The IPv4 or IPv6 address and port of a datagram's sender or destination, as a value: receiving from and answering a
/// peer allocates nothing. Converts from and to <see cref="IPEndPoint"/>.
/// </summary>
public readonly struct PeerAddress : IEquatable<PeerAddress>
{
    private readonly NativeAddress _bytes;
    private readonly int _length;

    internal PeerAddress(ReadOnlySpan<byte> address, int length)
    {
        _length = Math.Clamp(length, 0, MessageBlock.MaxAddressLength);
        address[.._length].CopyTo(_bytes);
    }

    /// <summary>Creates the address from an endpoint.</summary>
    public PeerAddress(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        SocketAddress address = endPoint.Serialize();
        _length = address.Size;
        address.Buffer.Span[.._length].CopyTo(_bytes);
    }

    /// <summary>Whether this is <c>default(PeerAddress)</c>, which names nobody.</summary>
    public bool IsEmpty => _length == 0;

    [UnscopedRef]
    internal ReadOnlySpan<byte> Native => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>The endpoint, a new object.</summary>
    /// <exception cref="InvalidOperationException">The address is empty.</exception>
    public IPEndPoint ToIPEndPoint()
    {
        if (IsEmpty)
        {
            throw new InvalidOperationException("The address is empty.");
        }

        // The native sockaddr of IPv6 is larger than that of IPv4, and nothing else is carried here.
        AddressFamily family = _length == MessageBlock.MaxAddressLength ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var address = new SocketAddress(family, _length);
        Native.CopyTo(address.Buffer.Span);
        return (IPEndPoint)new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0).Create(address);
    }

    /// <summary>Converts from an endpoint.</summary>
    public static implicit operator PeerAddress(IPEndPoint endPoint) => new(endPoint);

    /// <inheritdoc/>
    public override string ToString() => IsEmpty ? "(nobody)" : ToIPEndPoint().ToString();

    /// <inheritdoc/>
    public bool Equals(PeerAddress other) => Native.SequenceEqual(other.Native);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PeerAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Native);
        return hash.ToHashCode();
    }

    /// <summary>Whether both are the same address and port.</summary>
    public static bool operator ==(PeerAddress left, PeerAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(PeerAddress left, PeerAddress right) => !left.Equals(right);

    [InlineArray(MessageBlock.MaxAddressLength)]
    private struct NativeAddress
    {
        private byte _first;
    }
}

/// <summary>What a datagram receive brought.</summary>
public readonly struct ReceivedDatagram
{
    internal ReceivedDatagram(int bytesReceived, ref MessageBlock message)
    {
        BytesReceived = bytesReceived;
        From = new PeerAddress(message.AddressBytes, message.AddressLength);
        IsTruncated = message.Truncated != 0;
        SegmentSize = message.SegmentSize;
    }

    /// <summary>Bytes put into the buffer.</summary>
    public int BytesReceived { get; }

    /// <summary>
    /// Bytes of each of the datagrams that the kernel joined into this one, the last perhaps shorter; 0 when it is a single
    /// one. Only with <see cref="ZeroCopyDatagramSocket.ReceiveOffload"/>.
    /// </summary>
    public int SegmentSize { get; }

    /// <summary>Who sent the datagram.</summary>
    public PeerAddress From { get; }

    /// <summary>The datagram was longer than the buffer; the rest is lost.</summary>
    public bool IsTruncated { get; }
}
