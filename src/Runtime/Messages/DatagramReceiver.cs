using ZeroCopySockets.Messages;

namespace ZeroCopySockets;

/// <summary>
/// Messages out of a UDP socket, one per datagram, for <c>await foreach</c>. A datagram that is no such message comes with
/// its <see cref="Datagram{TView}.Status"/> instead of ending the enumeration: anybody can send one.
/// </summary>
/// <typeparam name="TView">The generated view.</typeparam>
public sealed class DatagramReceiver<TView> : IAsyncDisposable where TView : IWireView<TView>, allows ref struct
{
    private readonly ZeroCopyDatagramSocket _socket;
    private readonly ReceiveStep<ReceivedDatagram> _step;

    private const int LargestDatagram = 64 * 1024;

    // One byte beyond the message tells a longer datagram apart; datagrams the kernel joins need room for all. Pinned for its life.
    private readonly byte[] _buffer;
    private readonly CancellationToken _own;
    private CancellationToken _cancellation;
    private CancellationTokenSource? _both;
    private ReceivedDatagram _received;
    private int _start;
    private int _next;
    private bool _hasCurrent;

    internal DatagramReceiver(ZeroCopyDatagramSocket socket, CancellationToken cancellation)
    {
        _socket = socket;
        _own = cancellation;
        _cancellation = cancellation;
        _buffer = GC.AllocateUninitializedArray<byte>(socket.ReceiveOffload ? LargestDatagram : Math.Min(TView.MaxWireSize, LargestDatagram) + 1, pinned: true);
        _step = new ReceiveStep<ReceivedDatagram>(() => _socket.ReceiveAsync(_buffer, _cancellation), TakeIn);
    }

    /// <summary>The datagram. Valid until the next <see cref="MoveNextAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no current datagram.</exception>
    public Datagram<TView> Current => _hasCurrent
        ? new Datagram<TView>(_buffer.AsSpan(_start, _next - _start), _received.From, _received.IsTruncated)
        : throw new InvalidOperationException("There is no current datagram; call MoveNextAsync first.");

    /// <summary>The receiver itself.</summary>
    /// <param name="cancellationToken">Ends the enumeration too, beside the token the receiver was made with.</param>
    public DatagramReceiver<TView> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        _both?.Dispose();
        _both = cancellationToken.CanBeCanceled && _own is { CanBeCanceled: true, IsCancellationRequested: false } ? CancellationTokenSource.CreateLinkedTokenSource(_own, cancellationToken) : null;
        _cancellation = _both?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : _own);
        return this;
    }

    /// <summary>Waits for the next datagram.</summary>
    /// <returns>True; the enumeration ends by cancellation or when the socket is disposed.</returns>
    public ValueTask<bool> MoveNextAsync()
    {
        _hasCurrent = false;
        return _next < _received.BytesReceived ? new ValueTask<bool>(Take(_next)) : _step.RunAsync();
    }

    /// <summary>Ends the enumeration. The socket stays open.</summary>
    public ValueTask DisposeAsync()
    {
        _both?.Dispose();
        _both = null;
        _cancellation = _own;
        return default;
    }

    private bool? TakeIn(ReceivedDatagram received)
    {
        _received = received;
        return Take(0);
    }

    /// <summary>Goes to the datagram that starts there: the whole of what was received, or one of those joined in it.</summary>
    private bool Take(int start)
    {
        int length = _received.SegmentSize > 0 ? _received.SegmentSize : _received.BytesReceived;
        _start = start;
        _next = Math.Min(start + length, _received.BytesReceived);
        _hasCurrent = true;
        return true;
    }
}

/// <summary>One received datagram.</summary>
/// <typeparam name="TView">The generated view of the message it should be.</typeparam>
public readonly ref struct Datagram<TView> where TView : IWireView<TView>, allows ref struct
{
    private readonly TView _message;

    internal Datagram(ReadOnlySpan<byte> bytes, PeerAddress from, bool truncated)
    {
        From = from;
        Status = TView.TryParse(bytes, out _message, out int length);
        if (truncated || (Status.IsOk && length < bytes.Length))
        {
            Status = ParseStatus.Invalid("datagram", $"longer than the {(Status.IsOk ? length : TView.MaxWireSize)} bytes of the message");
        }
    }

    /// <summary>Who sent it.</summary>
    public PeerAddress From { get; }

    /// <summary>Whether it is the message: too short is NeedMore, too long or with impossible values is Invalid.</summary>
    public ParseStatus Status { get; }

    /// <summary>The message, in place.</summary>
    /// <exception cref="WireFormatException">It is not the message; see <see cref="Status"/>.</exception>
    public TView Message => Status.IsOk
        ? _message
        : throw new WireFormatException($"A datagram from {From} is no valid message: {Status}.", Status);
}
