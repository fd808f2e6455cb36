using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>Accepts connections, TCP or Unix.</summary>
public sealed class ZeroCopyListener : IAsyncDisposable
{
    private static readonly TimeSpan s_exhaustedPause = TimeSpan.FromMilliseconds(50);

    private readonly SocketCore _core;
    private readonly AcceptQueue _accepts;

    internal ZeroCopyListener(SocketCore core)
    {
        _core = core;
        _accepts = core.Accepts();
    }

    /// <summary>The address it listens on, with the port that was chosen where 0 was asked for.</summary>
    public EndPoint LocalEndPoint => _core.LocalEndPoint;

    /// <summary>Listens over the default engine.</summary>
    /// <inheritdoc cref="ZeroCopyEngine.Listen"/>
    public static ZeroCopyListener Bind(EndPoint local, int backlog = 512, ZeroCopySocketOptions? options = null) =>
        ZeroCopyEngine.Default.Listen(local, backlog, options);

    /// <summary>Reads an option of the listening socket (getsockopt), in the numbers and the layout of the system.</summary>
    /// <returns>Bytes of <paramref name="value"/> that were written.</returns>
    public int GetRawSocketOption(int level, int name, Span<byte> value) => _core.Handle.Socket.GetRawSocketOption(level, name, value);

    /// <summary>Sets an option of the listening socket (setsockopt), in the numbers and the layout of the system.</summary>
    public void SetRawSocketOption(int level, int name, ReadOnlySpan<byte> value) => _core.Handle.Socket.SetRawSocketOption(level, name, value);

    /// <summary>Waits for the next connection.</summary>
    /// <remarks>
    /// The first call arms a standing accept: connections may be accepted ahead of the calls, up to 64 of them, and are
    /// closed with the listener if nobody claims them.
    /// </remarks>
    /// <param name="cancellationToken">Gives up; a connection that comes is there for the next call.</param>
    /// <exception cref="SocketException">Too many open descriptors, or the listener was disposed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    public async ValueTask<ZeroCopySocket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket accepted = await _accepts.AcceptAsync(cancellationToken).ConfigureAwait(LoopSynchronizationContext.IsCurrent);
            if (_core.Engine.TryOpenAccepted(accepted) is { } socket)
            {
                return socket;
            }
        }
    }

    /// <summary>As the other form, for handlers that end when accepting is to stop.</summary>
    /// <param name="handler">The conversation with one peer, given <paramref name="cancellationToken"/>. It runs on a loop, so it must not block.</param>
    /// <param name="onError">Told of handlers that threw, for logging; one that ends by the token throws too.</param>
    /// <param name="cancellationToken">Stops accepting, and the handlers as far as they heed it.</param>
    /// <returns>
    /// Completes when accepting has stopped and every handler has ended; fails if accepting did, or if <paramref name="onError"/> ever threw.
    /// </returns>
    public Task ServeAsync(
        Func<ZeroCopySocket, CancellationToken, Task> handler, Action<ZeroCopySocket, Exception>? onError = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return ServeAsync(socket => handler(socket, cancellationToken), onError, cancellationToken);
    }

    /// <summary>
    /// Accepts connections until cancelled and runs a handler for each on the connection's own loop. The connection ends
    /// with its handler; a handler that throws resets its own connection and no other.
    /// </summary>
    /// <param name="handler">The conversation with one peer. It runs on a loop, so it must not block.</param>
    /// <param name="onError">Told of handlers that threw, for logging.</param>
    /// <param name="cancellationToken">Stops accepting; handlers already running see it only if they are given it too.</param>
    /// <returns>
    /// Completes when accepting has stopped and every handler has ended; fails if accepting did, or if <paramref name="onError"/> ever threw.
    /// </returns>
    public async Task ServeAsync(Func<ZeroCopySocket, Task> handler, Action<ZeroCopySocket, Exception>? onError = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var connections = new HashSet<Task>();
        Exception? callbackFailure = null;
        ExceptionDispatchInfo? acceptFailure = null;
        try
        {
            while (true)
            {
                ZeroCopySocket? socket = await AcceptPatientlyAsync(cancellationToken).ConfigureAwait(false);
                if (socket is null)
                {
                    continue;
                }

                Task serving = socket.Loop.RunAsync(() => ServeOneAsync(socket, handler, onError));
                lock (connections)
                {
                    connections.Add(serving);
                }

                _ = serving.ContinueWith(
                    ended =>
                    {
                        lock (connections)
                        {
                            connections.Remove(ended);
                            callbackFailure ??= ended.Exception?.InnerException;
                        }
                    },
                    TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (SocketException) when (_core.IsClosing)
        {
        }
        catch (ObjectDisposedException) when (_core.IsClosing)
        {
        }
        catch (Exception e)
        {
            // Told when every handler has ended, like all else.
            acceptFailure = ExceptionDispatchInfo.Capture(e);
        }

        Task remaining;
        lock (connections)
        {
            remaining = Task.WhenAll(connections);
        }

        await remaining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        acceptFailure?.Throw();
        if ((callbackFailure ?? remaining.Exception?.InnerException) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Stops listening. Connections already accepted go on.</summary>
    public ValueTask DisposeAsync() => new(_core.CloseAsync(abort: false));

    /// <summary>Accepts; null after a pause when descriptors or memory have run out, which ending a connection may cure.</summary>
    private async ValueTask<ZeroCopySocket?> AcceptPatientlyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AcceptAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
        {
            await Task.Delay(s_exhaustedPause, _core.Engine.Time, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private static async Task ServeOneAsync(ZeroCopySocket socket, Func<ZeroCopySocket, Task> handler, Action<ZeroCopySocket, Exception>? onError)
    {
        try
        {
            await handler(socket);
            await socket.DisposeAsync();
        }
        catch (Exception e)
        {
            try
            {
                onError?.Invoke(socket, e);
            }
            finally
            {
                await socket.AbortAsync();
            }
        }
    }
}
