using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Portable;

/// <summary>
/// The kernel seam over System.Net.Sockets, for Windows, macOS, old kernels and containers that forbid io_uring. Every
/// send is copied by the system and so recycled with its result; all else is the same code as on io_uring.
/// </summary>
internal sealed unsafe class PortableKernel : Kernel
{
    private readonly ConcurrentDictionary<int, Socket> _accepted = new();
    private int _acceptedCount;

    public override EngineKind Kind => EngineKind.Portable;

    public override string Description => "portable engine over System.Net.Sockets";

    public override bool SupportsZeroCopy => false;

    public override bool SupportsGatheredZeroCopy => false;

    public override Slab AllocateSlab(nuint length) => new HeapSlab(length, clear: true);

    public override Slab AllocateReceiveMemory(nuint length) => new HeapSlab(length, clear: false);

    public override KernelRing OpenLoopRing() => new PortableRing(this, loopRing: null);

    public override KernelRing OpenCallerRing(KernelRing loopRing) => new PortableRing(this, loopRing);

    public override int TrySend(in Submission submission)
    {
        Socket socket = submission.Socket!.Socket;
        byte[]? joined = null;
        try
        {
            ReadOnlySpan<byte> bytes = submission.Segments == null
                ? new ReadOnlySpan<byte>(submission.Buffer, submission.Length)
                : Join(submission, out joined).Span;
            if (submission.HasDestination)
            {
                return socket.SendTo(bytes, SocketFlags.None, ToSocketAddress(submission.Message, socket.AddressFamily));
            }

            int sent = socket.Send(bytes, SocketFlags.None, out SocketError error);
            return error == SocketError.Success ? sent : -KernelError.FromSocketError(error);
        }
        catch (SocketException e)
        {
            return -KernelError.FromSocketError(e.SocketErrorCode);
        }
        finally
        {
            if (joined is not null)
            {
                ArrayPool<byte>.Shared.Return(joined);
            }
        }
    }

    /// <summary>The segments of a submission one after the other, in an array of the shared pool's: the portable API gathers managed arrays only.</summary>
    public static ReadOnlyMemory<byte> Join(in Submission submission, out byte[] joined)
    {
        int length = 0;
        var segments = new ReadOnlySpan<Segment>(submission.Segments, submission.Length);
        foreach (Segment segment in segments)
        {
            length += (int)segment.Length;
        }

        joined = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> rest = joined;
        foreach (Segment segment in segments)
        {
            new ReadOnlySpan<byte>(segment.Buffer, (int)segment.Length).CopyTo(rest);
            rest = rest[(int)segment.Length..];
        }

        return joined.AsMemory(0, length);
    }

    public override int TryReceive(KernelSocket socket, byte* buffer, int length)
    {
        int received = socket.Socket.Receive(new Span<byte>(buffer, length), SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? received : -KernelError.FromSocketError(error);
    }

    // The one API that tells of truncation throws where it would block: the ring's way costs less.
    public override int TryReceiveFrom(KernelSocket socket, byte* buffer, int length, MessageBlock* message) => -KernelError.EAGAIN;

    public override Socket TakeAccepted(int result) =>
        _accepted.TryRemove(result, out Socket? socket) ? socket : throw new InvalidOperationException($"No accepted connection {result}.");

    public override EndPoint LocalEndPoint(KernelSocket socket) => socket.Socket.LocalEndPoint!;

    public override void FinishReceiveFrom(MessageBlock* message)
    {
        // The ring filled the block in already.
    }

    /// <summary>Keeps an accepted connection until its operation takes it; a completion carries only a number.</summary>
    public int KeepAccepted(Socket socket)
    {
        int number = Interlocked.Increment(ref _acceptedCount) & int.MaxValue;
        _accepted[number] = socket;
        return number;
    }

    /// <summary>Where a message goes, for a socket of that family.</summary>
    public static SocketAddress ToSocketAddress(MessageBlock* message, AddressFamily family)
    {
        ReadOnlySpan<byte> native = message->AddressBytes[..message->AddressLength];
        if (family == AddressFamily.InterNetworkV6 && NativeAddress.FamilyOf(native) == AddressFamily.InterNetwork)
        {
            // Only Linux lets a dual-mode socket send to an address that is not written as IPv6.
            var v4 = (IPEndPoint)NativeAddress.ToEndPoint(native);
            return new IPEndPoint(v4.Address.MapToIPv6(), v4.Port).Serialize();
        }

        return NativeAddress.ToSocketAddress(native);
    }

    private sealed class HeapSlab(nuint length, bool clear) : Slab(Allocate(length, clear), length)
    {
        public override void Free() => NativeMemory.AlignedFree(Address);

        private static byte* Allocate(nuint length, bool clear)
        {
            var address = (byte*)NativeMemory.AlignedAlloc(length, (nuint)Environment.SystemPageSize);
            if (clear)
            {
                NativeMemory.Clear(address, length);
            }

            return address;
        }
    }
}
