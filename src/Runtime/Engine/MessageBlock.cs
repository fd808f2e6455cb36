using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Engine;

/// <summary>
/// What the kernel needs beside the payload of a message with an address: the address itself, and scratch space for
/// the native message header. Lives in pinned memory that its operation holds until the terminal completion.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageBlock
{
    /// <summary>Largest address carried, in bytes: sockaddr_un, whose path has up to 108 (unix(7)).</summary>
    public const int MaxAddressLength = 110;

    /// <summary>The address, a native sockaddr.</summary>
    public fixed byte Address[112];

    /// <summary>Bytes of <see cref="Address"/> in use.</summary>
    public int AddressLength;

    /// <summary>Set on receive: the datagram was longer than the buffer.</summary>
    public int Truncated;

    /// <summary>Set on receive: the kernel joined datagrams of this many bytes each, the last perhaps shorter (UDP_GRO); 0 for one datagram.</summary>
    public int SegmentSize;

    /// <summary>Room for the control data of a receive: one int.</summary>
    public fixed ulong Control[4];

    /// <summary>Room for a msghdr and an iovec (56 + 16 bytes on 64-bit Linux).</summary>
    public fixed ulong Native[9];

    public Span<byte> AddressBytes => new(Unsafe.AsPointer(ref Address[0]), MaxAddressLength);
}
