using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>
/// The address of a datagram's sender or destination, IPv4, IPv6 or Unix, as a value: receiving from and answering a peer
/// allocates nothing. Converts from and to an <see cref="EndPoint"/>.
/// </summary>
public readonly struct PeerAddress : IEquatable<PeerAddress>
{
    private readonly ushort _length;
    private readonly Bytes _bytes;

    internal PeerAddress(ReadOnlySpan<byte> address, int length)
    {
        ReadOnlySpan<byte> native = address[..Math.Clamp(length, 0, MessageBlock.MaxAddressLength)];
        _length = (ushort)NamedLength(native);
        native[.._length].CopyTo(_bytes);
    }

    /// <summary>Creates the address from an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</summary>
    /// <exception cref="ArgumentException">It is no address: a <see cref="DnsEndPoint"/>, say.</exception>
    public PeerAddress(EndPoint endPoint)
    {
        Span<byte> native = stackalloc byte[MessageBlock.MaxAddressLength];
        this = new PeerAddress(native, NativeAddress.Write(endPoint, native));
    }

    /// <summary>
    /// Whether this names nobody: <c>default(PeerAddress)</c>, or the sender of a Unix datagram whose socket is not bound.
    /// </summary>
    public bool IsEmpty => _length == 0;

    /// <summary>The kind of address; <see cref="AddressFamily.Unspecified"/> when it is empty.</summary>
    public AddressFamily AddressFamily => NativeAddress.FamilyOf(Native);

    [UnscopedRef]
    internal ReadOnlySpan<byte> Native => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>The endpoint, a new object.</summary>
    /// <exception cref="InvalidOperationException">The address is empty.</exception>
    public EndPoint ToEndPoint() => IsEmpty ? throw new InvalidOperationException("The address is empty.") : NativeAddress.ToEndPoint(Native);

    /// <summary>The IP endpoint, a new object.</summary>
    /// <exception cref="InvalidOperationException">The address is empty, or that of a Unix socket.</exception>
    public IPEndPoint ToIPEndPoint() => ToEndPoint() as IPEndPoint
        ?? throw new InvalidOperationException($"{this} is the address of a Unix socket; use {nameof(ToEndPoint)}.");

    /// <summary>Converts from an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</summary>
    /// <exception cref="ArgumentException">It is no address: a <see cref="DnsEndPoint"/>, say.</exception>
    public static implicit operator PeerAddress(EndPoint endPoint) => new(endPoint);

    /// <inheritdoc/>
    public override string ToString() => IsEmpty ? "(nobody)" : ToEndPoint().ToString()!;

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

    /// <summary>Whether both are the same address.</summary>
    public static bool operator ==(PeerAddress left, PeerAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(PeerAddress left, PeerAddress right) => !left.Equals(right);

    /// <summary>
    /// Bytes that name somebody. The system may or may not count the NUL behind a path, so it is left off: one path is one
    /// address. An abstract name begins with a NUL and is all its bytes (unix(7)).
    /// </summary>
    private static int NamedLength(ReadOnlySpan<byte> native)
    {
        if (NativeAddress.FamilyOf(native) != AddressFamily.Unix)
        {
            return native.Length;
        }

        ReadOnlySpan<byte> path = native[NativeAddress.UnixPathOffset..];
        if (path.IsEmpty)
        {
            return 0;
        }

        int end = path[0] == 0 ? -1 : path.IndexOf((byte)0);
        return end < 0 ? native.Length : NativeAddress.UnixPathOffset + end;
    }

    [InlineArray(MessageBlock.MaxAddressLength)]
    private struct Bytes
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

    /// <summary>Who sent the datagram; empty where the sender of a Unix datagram has no address.</summary>
    public PeerAddress From { get; }

    /// <summary>The datagram was longer than the buffer; the rest is lost.</summary>
    public bool IsTruncated { get; }
}
