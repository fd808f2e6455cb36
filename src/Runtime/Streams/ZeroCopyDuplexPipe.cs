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
    private readonly bool _leaveOpen;
    private int _openSides = 2;

    internal ZeroCopyDuplexPipe(ZeroCopySocket socket, bool leaveOpen)
    {
        Socket = socket;
        _leaveOpen = leaveOpen;
        Input = PipeReader.Create(new InputStream(this));
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
        await Input.CompleteAsync().ConfigureAwait(false);
        if (!_leaveOpen)
        {
            await Socket.DisposeAsync().ConfigureAwait(false);
        }
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
