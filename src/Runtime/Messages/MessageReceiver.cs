using ZeroCopySockets.Messages;

namespace ZeroCopySockets;

/// <summary>
/// Whole messages out of a TCP stream, for <c>await foreach</c>: parsed where they were received, copied only when the next
/// receive needs room behind a message that is cut. A view is valid until the next iteration; the language keeps it from
/// crossing an <c>await</c>.
/// </summary>
/// <typeparam name="TView">The generated view.</typeparam>
public sealed class MessageReceiver<TView> : IAsyncDisposable where TView : IWireView<TView>, allows ref struct
{
    /// <summary>Bytes asked of the kernel at once, at least. Bounded whatever the peer sends.</summary>
    private const int MinimumBufferSize = 16 * 1024;

    private readonly ZeroCopySocket _socket;
    private readonly ReceiveStep<int> _step;

    // Pinned for its life, so that a receive costs no pinning; a receive in flight keeps the array alive.
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(MinimumBufferSize, 2 * TView.WireSize), pinned: true);
    private readonly CancellationToken _own;
    private CancellationToken _cancellation;
    private CancellationTokenSource? _both;
    private int _start;
    private int _end;
    private int _current = -1;

    internal MessageReceiver(ZeroCopySocket socket, CancellationToken cancellation)
    {
        _socket = socket;
        _own = cancellation;
        _cancellation = cancellation;
        _step = new ReceiveStep<int>(Receive, TakeIn);
    }

    /// <summary>The message, in place. Valid until the next <see cref="MoveNextAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no current message.</exception>
    public TView Current
    {
        get
        {
            if (_current < 0)
            {
                throw new InvalidOperationException("There is no current message; call MoveNextAsync first.");
            }

            TView.TryParse(_buffer.AsSpan(_current, TView.WireSize), out TView view);
            return view;
        }
    }

    /// <summary>The receiver itself: what has been received but not yet yielded is kept from one enumeration to the next.</summary>
    /// <param name="cancellationToken">Ends the enumeration too, beside the token the receiver was made with.</param>
    public MessageReceiver<TView> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        _both?.Dispose();
        _both = cancellationToken.CanBeCanceled && _own is { CanBeCanceled: true, IsCancellationRequested: false } ? CancellationTokenSource.CreateLinkedTokenSource(_own, cancellationToken) : null;
        _cancellation = _both?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : _own);
        return this;
    }

    /// <summary>Goes to the next message.</summary>
    /// <returns>False when the peer ended its side between two messages.</returns>
    /// <exception cref="WireFormatException">The bytes are no such message, or the stream ended inside one.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The connection failed.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        _current = -1;
        return _end - _start >= TView.WireSize ? new ValueTask<bool>(Take()) : _step.RunAsync();
    }

    /// <summary>Ends the enumeration. The socket stays open.</summary>
    public ValueTask DisposeAsync()
    {
        _both?.Dispose();
        _both = null;
        _cancellation = _own;
        return default;
    }

    private ValueTask<int> Receive()
    {
        MakeRoom();
        return _socket.ReceiveAsync(_buffer.AsMemory(_end), _cancellation);
    }

    private bool? TakeIn(int received)
    {
        if (received == 0)
        {
            return _end == _start ? false : throw Truncated();
        }

        _end += received;
        return _end - _start < TView.WireSize ? null : Take();
    }

    private bool Take()
    {
        ParseStatus status = TView.TryParse(_buffer.AsSpan(_start, _end - _start), out _);
        if (!status.IsOk)
        {
            throw new WireFormatException($"The peer sent bytes that are no valid message: {status}.", status);
        }

        _current = _start;
        _start += TView.WireSize;
        return true;
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_buffer.Length - _start < TView.WireSize)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
    }

    private WireFormatException Truncated()
    {
        int have = _end - _start;
        _start = _end;
        return new WireFormatException($"The peer ended the stream after {have} of {TView.WireSize} bytes of a message.", ParseStatus.NeedMore(TView.WireSize - have));
    }
}
