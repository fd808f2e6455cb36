using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <content>Many datagrams in one trip through the network stack (UDP GSO and GRO, Linux 4.18 and 5.0; udp(7)).</content>
public sealed partial class ZeroCopyDatagramSocket
{
    /// <summary>Datagrams the kernel cuts one send into, at the most (UDP_MAX_SEGMENTS; 64 before Linux 6.9).</summary>
    private const int MaxSegments = 64;

    private const int LargestSend = 65_507;

    /// <summary>
    /// Bytes per datagram into which the kernel cuts every longer send of this socket (UDP_SEGMENT); 0, the default, sends
    /// each as one datagram. A cut send has at most 64 datagrams and 65,507 bytes, and each must fit the route's MTU.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 65,507.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public int SegmentSize
    {
        get => GetUdpOption(Libc.UdpSegment);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestSend);
            SetUdpOption(Libc.UdpSegment, value);
            _core.ConsiderTrains();
        }
    }

    /// <summary>
    /// Whether the kernel may join datagrams of one sender and one size into a receive (UDP_GRO):
    /// <see cref="ReceivedDatagram.SegmentSize"/> then says where to cut, and buffers should hold 65,507 bytes. Set it before
    /// the first receive. Only io_uring tells the size, so the portable engine refuses it.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">The engine is the portable one.</exception>
    public bool ReceiveOffload
    {
        get => _core.Engine.Kind == EngineKind.IoUring && IsUdp && GetUdpOption(Libc.UdpGro) != 0;
        set
        {
            if (_core.Engine.Kind != EngineKind.IoUring)
            {
                throw new PlatformNotSupportedException("Receive offload needs io_uring; see ZeroCopyEngine.Description for why it is not in use.");
            }

            SetUdpOption(Libc.UdpGro, value ? 1 : 0);
        }
    }

    /// <summary>
    /// Encodes many messages straight into registered memory and sends each as a datagram to the connected peer. With
    /// <see cref="SegmentSize"/> equal to the size of the message, where all have the same, up to 64 of them go through the stack at once.
    /// </summary>
    /// <param name="messages">The messages.</param>
    /// <param name="cancellationToken">Gives up those that have not been sent.</param>
    /// <returns>Completes when all are accounted; the slots return to the pool by themselves.</returns>
    /// <exception cref="SocketException">A datagram could not be sent; the others were tried.</exception>
    public ValueTask SendManyAsync<T>(ReadOnlySpan<T> messages, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        SendEachAsync(messages, default, cancellationToken);

    /// <summary>Encodes many messages straight into registered memory and sends each as a datagram to an address.</summary>
    /// <inheritdoc cref="SendManyAsync{T}(ReadOnlySpan{T}, CancellationToken)"/>
    public ValueTask SendManyAsync<T>(ReadOnlySpan<T> messages, in PeerAddress destination, CancellationToken cancellationToken = default) where T : unmanaged, IWireLayout<T> =>
        SendEachAsync(messages, NotEmpty(destination), cancellationToken);

    private bool IsUdp => _core.Handle.Socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;

    private ValueTask SendEachAsync<T>(ReadOnlySpan<T> messages, in PeerAddress destination, CancellationToken cancellation) where T : unmanaged, IWireLayout<T>
    {
        // The kernel cuts at one size, so only messages that are all of that size can go through the stack together.
        bool areCut = T.MinWireSize == T.MaxWireSize && IsUdp && OperatingSystem.IsLinux() && SegmentSize == T.MaxWireSize;
        int perSend = areCut ? Math.Clamp(LargestSend / T.MaxWireSize, 1, MaxSegments) : 1;
        List<ValueTask<SendReceipt>>? unfinished = null;
        while (!messages.IsEmpty)
        {
            int count = Math.Min(perSend, messages.Length);
            ValueTask<SendReceipt> sending = _core.SendMessagesAsync(messages[..count], destination, cancellation);
            if (sending.IsCompletedSuccessfully)
            {
                // Taken, so that the operation goes back to its pool.
                _ = sending.Result;
            }
            else
            {
                (unfinished ??= []).Add(sending);
            }

            messages = messages[count..];
        }

        return unfinished is null ? default : FinishAsync(unfinished);
    }

    private static async ValueTask FinishAsync(List<ValueTask<SendReceipt>> sends)
    {
        Exception? first = null;
        foreach (ValueTask<SendReceipt> sending in sends)
        {
            try
            {
                await sending.ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                first ??= e;
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    private int GetUdpOption(int option)
    {
        ThrowIfNotLinux();
        Span<byte> value = stackalloc byte[sizeof(int)];
        _core.Enter();
        try
        {
            _core.Handle.Socket.GetRawSocketOption(Libc.SolUdp, option, value);
        }
        finally
        {
            _core.Exit();
        }

        return BitConverter.ToInt32(value);
    }

    private void SetUdpOption(int option, int value)
    {
        ThrowIfNotLinux();
        _core.Enter();
        try
        {
            _core.Handle.Socket.SetRawSocketOption(Libc.SolUdp, option, BitConverter.GetBytes(value));
        }
        finally
        {
            _core.Exit();
        }
    }

    private static void ThrowIfNotLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Cutting and joining of datagrams by the kernel is a Linux feature.");
        }
    }
}
