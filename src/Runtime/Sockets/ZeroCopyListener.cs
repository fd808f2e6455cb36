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

    internal ZeroCopyListener(SocketCore core) => _core = core;

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
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">Too many open descriptors, or the listener was disposed meanwhile.</exception>
    public async ValueTask<ZeroCopySocket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _core.Enter();
            try
            {
                int result = await _core.Engine.Operations.RentIo()
                    .Start(_core, KernelOperation.Accept, default, default, cancellationToken).ConfigureAwait(false);
                return _core.Engine.TakeAccepted(result);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // That peer gave up while it waited in the backlog; the next one need not.
            }
        }
    }

    /// <summary>
    /// Accepts connections until cancelled and runs a handler for each on the connection's own loop. The connection ends
    /// with its handler; a handler that throws resets its own connection and no other.
    /// </summary>
    /// <param name="handler">The conversation with one peer. It runs on a loop, so it must not block.</param>
    /// <param name="onError">Told of handlers that threw, for logging.</param>
    /// <param name="cancellationToken">Stops accepting; handlers already running see it only if they are given it too.</param>
    /// <returns>Completes when accepting has stopped and every handler has ended; fails if <paramref name="onError"/> ever threw.</returns>
    public async Task ServeAsync(Func<ZeroCopySocket, Task> handler, Action<ZeroCopySocket, Exception>? onError = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var connections = new HashSet<Task>();
        Exception? callbackFailure = null;
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

        Task[] remaining;
        lock (connections)
        {
            remaining = [.. connections];
        }

        await Task.WhenAll(remaining).ConfigureAwait(false);
        if (callbackFailure is not null)
        {
            ExceptionDispatchInfo.Throw(callbackFailure);
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
            await Task.Delay(s_exhaustedPause, cancellationToken).ConfigureAwait(false);
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
