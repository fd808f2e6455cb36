using ZeroCopySockets.Streams;

namespace ZeroCopySockets;

/// <summary>Views of a socket for code that knows <see cref="Stream"/> or pipes: SslStream, HttpClient, protocol libraries.</summary>
public static class ZeroCopySocketExtensions
{
    /// <summary>The connection as a <see cref="Stream"/>.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="leaveOpen">Whether disposing the stream leaves the socket open; by default it closes it.</param>
    public static ZeroCopyStream AsStream(this ZeroCopySocket socket, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new ZeroCopyStream(socket, leaveOpen);
    }

    /// <summary>The connection as a pair of pipes; what is written lands in registered memory and is sent from there.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="leaveOpen">Whether completing both sides leaves the socket open; by default it closes it.</param>
    public static ZeroCopyDuplexPipe AsPipe(this ZeroCopySocket socket, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new ZeroCopyDuplexPipe(socket, leaveOpen);
    }
}
