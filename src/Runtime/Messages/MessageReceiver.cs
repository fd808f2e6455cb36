using ZeroCopySockets.Messages;

namespace ZeroCopySockets;

/// <summary>
/// Whole messages out of a TCP stream, for <c>await foreach</c>: parsed where they were received, copied only when the next
/// receive needs room behind a message that is cut. A view is valid until the next iteration; the language keeps it from
/// crossing an <c>await</c>.
/// </summary>
/// <typeparam name="TView">The generated view.</typeparam>
public sealed class MessageReceiver<TView> : IAsyncDisposable where TView : ISelfDelimitingView<TView>, allows ref struct
{
    /// <summary>Bytes asked of the kernel at once, at least. Bounded whatever the peer sends.</summary>
    private const int MinimumBufferSize = 16 * 1024;

    private readonly ZeroCopySocket _socket;
    private readonly ReceiveStep<int> _step;

    // Pinned for its life, so that a receive costs no pinning; a receive in flight keeps the array alive.
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(MinimumBufferSize, 2 * TView.MaxWireSize), pinned: true);
    private readonly CancellationToken _own;
    private CancellationToken _cancellation;
    private CancellationTokenSource? _both;
    private int _start;
    private int _end;
    private int _current = -1;
    private int _currentLength;

    /// <summary>Bytes from <see cref="_start"/> without which parsing is no use, as far as what is there tells.</summary>
    private int _needed = TView.MinWireSize;

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

            TView.TryParse(_buffer.AsSpan(_current, _currentLength), out TView view, out _);
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
        return Take() is { } taken ? new ValueTask<bool>(taken) : _step.RunAsync();
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
        return Take();
    }

    /// <returns>True when there is a message; null when more bytes are needed.</returns>
    private bool? Take()
    {
        int have = _end - _start;
        if (have < _needed)
        {
            return null;
        }

        ParseStatus status = TView.TryParse(_buffer.AsSpan(_start, have), out _, out int length);
        if (status.IsOk)
        {
            _current = _start;
            _currentLength = length;
            _start += length;
            _needed = TView.MinWireSize;
            return true;
        }

        if (status.Result == ParseResult.NeedMore && have < TView.MaxWireSize)
        {
            // A length is the peer's word: whatever it says, no more than the declared maximum is waited for.
            _needed = Math.Min(have + Math.Max(status.BytesNeeded, 1), TView.MaxWireSize);
            return null;
        }

        throw new WireFormatException($"The peer sent bytes that are no valid message: {status}.", status);
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_buffer.Length - _start < _needed)
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
        int needed = _needed;
        _needed = TView.MinWireSize;
        return new WireFormatException($"The peer ended the stream after {have} of at least {needed} bytes of a message.", ParseStatus.NeedMore(needed - have));
    }
}
