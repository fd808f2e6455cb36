using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Sockets;
using ZeroCopySockets.Streams;

namespace ZeroCopySockets;

/// <summary>
/// A connection as a <see cref="Stream"/>, with the contract of <see cref="NetworkStream"/>: one read and one write may run at
/// the same time, the memory of a write is the caller's again when the write completes, and failures of the connection are
/// <see cref="IOException"/>s around a <see cref="SocketException"/>.
/// </summary>
/// <remarks>
/// A write completes when the kernel has taken its bytes, in order; it never waits for the peer's acknowledgement. Where the
/// socket's policy chooses zero copy the bytes are copied once, into registered memory; else the kernel copies them once.
/// </remarks>
public class ZeroCopyStream : Stream
{
    private readonly SocketCore _core;
    private readonly bool _leaveOpen;
    private int _readTimeoutMs = Timeout.Infinite;
    private int _writeTimeoutMs = Timeout.Infinite;
    private volatile bool _disposed;
    private volatile bool _torn;

    internal ZeroCopyStream(ZeroCopySocket socket, bool leaveOpen)
    {
        Socket = socket;
        _core = socket.Core;
        _leaveOpen = leaveOpen;
    }

    /// <summary>The connection.</summary>
    public ZeroCopySocket Socket { get; }

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <inheritdoc/>
    public override bool CanWrite => !_disposed;

    /// <summary>Always false.</summary>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <summary>Milliseconds a synchronous read waits for data; <see cref="Timeout.Infinite"/> by default. A read that timed out has lost no data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Neither positive nor <see cref="Timeout.Infinite"/>.</exception>
    public override int ReadTimeout
    {
        get => _readTimeoutMs;
        set => _readTimeoutMs = Checked(value);
    }

    /// <summary>Milliseconds a synchronous write waits for the kernel to take its bytes; <see cref="Timeout.Infinite"/> by default. A write that timed out may end the stream.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Neither positive nor <see cref="Timeout.Infinite"/>.</exception>
    public override int WriteTimeout
    {
        get => _writeTimeoutMs;
        set => _writeTimeoutMs = Checked(value);
    }

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException("A connection has no length.");

    /// <summary>Not supported.</summary>
    public override long Position
    {
        get => throw new NotSupportedException("A connection has no position.");
        set => throw new NotSupportedException("A connection has no position.");
    }

    /// <summary>Reads what has arrived, or waits for it.</summary>
    /// <param name="buffer">Where to. An empty one waits until a read would find data or the end, and holds no memory meanwhile.</param>
    /// <param name="cancellationToken">Gives up; no data is lost.</param>
    /// <returns>Bytes read; 0 when the peer has ended its side, or for an empty buffer.</returns>
    /// <exception cref="IOException">The connection failed; the <see cref="SocketException"/> is inside.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its socket was disposed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            if (!buffer.IsEmpty)
            {
                return await _core.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            }

            await _core.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (SocketException e)
        {
            throw ReadFailed(e);
        }
    }

    /// <summary>Writes everything, in the order of the calls. Completes when the kernel has taken it; the memory is the caller's again then.</summary>
    /// <param name="buffer">The bytes.</param>
    /// <param name="cancellationToken">Gives up. Where part of the bytes had left already the stream cannot be continued: later writes fail.</param>
    /// <exception cref="IOException">The connection failed, the <see cref="SocketException"/> is inside; or an earlier write was cut.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its socket was disposed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_torn)
        {
            throw new IOException("An earlier write was cut after part of its bytes had left; what follows would be read as its rest.");
        }

        int length = buffer.Length;
        try
        {
            while (!buffer.IsEmpty)
            {
                if (_core.TryFillSlot(buffer.Span[..Math.Min(buffer.Length, BufferPool.LargestSlot)], out BufferLease lease))
                {
                    await _core.SendFilledSlotAsync(lease, cancellationToken).ConfigureAwait(false);
                    buffer = buffer[lease.Length..];
                }
                else
                {
                    await _core.SendByCopyAsync(buffer, cancellationToken).ConfigureAwait(false);
                    buffer = default;
                }
            }
        }
        catch (Exception e)
        {
            // Within one send the engine sees to this itself.
            _torn |= buffer.Length < length;
            if (e is SocketException error)
            {
                throw WriteFailed(error);
            }

            throw;
        }
    }

    /// <summary>Completes at once: a write that has completed is with the kernel, and nothing is kept back here.</summary>
    /// <param name="cancellationToken">Checked once.</param>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
    }

    /// <inheritdoc cref="FlushAsync"/>
    public override void Flush() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Ends the sending side: after everything written the peer reads the end of the stream. Reading goes on.</summary>
    /// <exception cref="IOException">The connection has failed already.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its socket was disposed.</exception>
    public void CompleteWrites()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException e)
        {
            throw WriteFailed(e);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Reads, blocking the thread until data is there.</summary>
    /// <exception cref="InvalidOperationException">Called on a loop, which would wait for itself.</exception>
    /// <exception cref="IOException">The connection failed, or <see cref="ReadTimeout"/> has passed.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        ThrowIfOnLoop();
        using CancellationTokenSource? timeout = StartTimeout(_readTimeoutMs);
        try
        {
            return ReadAsync(buffer, offset, count, timeout?.Token ?? default).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw ReadFailed(new SocketException((int)SocketError.TimedOut));
        }
    }

    /// <summary>Writes, blocking the thread until the kernel has taken everything.</summary>
    /// <exception cref="InvalidOperationException">Called on a loop, which would wait for itself.</exception>
    /// <exception cref="IOException">The connection failed, or <see cref="WriteTimeout"/> has passed.</exception>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        ThrowIfOnLoop();
        using CancellationTokenSource? timeout = StartTimeout(_writeTimeoutMs);
        try
        {
            WriteAsync(buffer, offset, count, timeout?.Token ?? default).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw WriteFailed(new SocketException((int)SocketError.TimedOut));
        }
    }

    // The base class would run these as blocking calls, one at a time: a pending read would hold up every write.

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection cannot seek.");

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    /// <summary>Ends the stream and, unless it was left open, the connection; see <see cref="ZeroCopySocket.DisposeAsync"/>.</summary>
    public override async ValueTask DisposeAsync()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
        if (!_leaveOpen)
        {
            await Socket.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal static IOException ReadFailed(Exception e) => new($"Reading from the connection failed: {e.Message}", e);

    internal static IOException WriteFailed(Exception e) => new($"Writing to the connection failed: {e.Message}", e);

    /// <summary>Ends the stream; starts closing the connection unless it was left open.</summary>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        if (disposing && !_leaveOpen)
        {
            Socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private static CancellationTokenSource? StartTimeout(int timeoutMs) => timeoutMs == Timeout.Infinite ? null : new CancellationTokenSource(timeoutMs);

    private static int Checked(int value)
    {
        if (value is <= 0 and not Timeout.Infinite)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Must be positive, or Timeout.Infinite.");
        }

        return value;
    }

    private static void ThrowIfOnLoop()
    {
        if (ZeroCopyLoop.Current is not null)
        {
            throw new InvalidOperationException("Synchronous reads and writes block the thread, and on a loop would wait for themselves; use ReadAsync and WriteAsync here.");
        }
    }
}
