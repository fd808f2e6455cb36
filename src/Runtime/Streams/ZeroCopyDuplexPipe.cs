using System.IO.Pipelines;
using ZeroCopySockets.Streams;

namespace ZeroCopySockets;

/// <summary>
/// A connection as a pair of pipes, for protocol libraries. <see cref="Output"/> hands out registered memory and sends it from
/// where it lies; <see cref="Input"/> is the framework's reader over the connection.
/// </summary>
/// <remarks>When both sides are complete the connection is closed, unless it was to be left open.</remarks>
public sealed class ZeroCopyDuplexPipe : IDuplexPipe, IAsyncDisposable
{
    private readonly InputStream _input;
    private readonly bool _leaveOpen;
    private int _openSides = 2;

    internal ZeroCopyDuplexPipe(ZeroCopySocket socket, bool leaveOpen)
    {
        Socket = socket;
        _leaveOpen = leaveOpen;
        _input = new InputStream(this);
        Input = PipeReader.Create(_input);
        Output = new SlotPipeWriter(socket, OnSideEnded);
    }

    /// <summary>The connection.</summary>
    public ZeroCopySocket Socket { get; }

    /// <summary>What the peer sends. Fails with <see cref="IOException"/> when the connection fails.</summary>
    public PipeReader Input { get; }

    /// <summary>
    /// What goes to the peer. <see cref="PipeWriter.FlushAsync"/> completes when the kernel has taken everything, which is the
    /// brake; cancelling it ends the wait only, what was flushed still goes out, in order. <see cref="PipeWriter.Complete"/>
    /// sends what was written and ends the sending side; reading goes on. Completing with an error drops what was not
    /// flushed and resets the connection, so that the peer cannot take what it has for the whole.
    /// </summary>
    public PipeWriter Output { get; }

    /// <summary>
    /// Completes both sides and closes the connection unless it was to be left open. It does not wait for a peer that does not
    /// read: await <see cref="PipeWriter.CompleteAsync"/> before, to be sure that the kernel has taken what was written.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Output.Complete();
        // A read may be with the kernel, in memory that the reader gives back when it is completed: first its end.
        if (_leaveOpen)
        {
            Input.CancelPendingRead();
            await _input.Reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            await Socket.DisposeAsync().ConfigureAwait(false);
        }

        await Input.CompleteAsync().ConfigureAwait(false);
    }

    private void OnSideEnded()
    {
        if (Interlocked.Decrement(ref _openSides) == 0 && !_leaveOpen)
        {
            Socket.Dispose();
        }
    }

    /// <summary>The reading side; the framework's reader disposes it when it is completed.</summary>
    private sealed class InputStream(ZeroCopyDuplexPipe pipe) : ZeroCopyStream(pipe.Socket, leaveOpen: true)
    {
        private int _ended;

        /// <summary>The read under way, where closing the socket will not end it.</summary>
        public Task Reading { get; private set; } = Task.CompletedTask;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ValueTask<int> reading = base.ReadAsync(buffer, cancellationToken);
            if (!pipe._leaveOpen || reading.IsCompleted)
            {
                return reading;
            }

            Task<int> shared = reading.AsTask();
            Reading = shared;
            return new ValueTask<int>(shared);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                pipe.OnSideEnded();
            }
        }
    }
}
