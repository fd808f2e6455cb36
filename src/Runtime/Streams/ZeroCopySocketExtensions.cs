namespace ZeroCopySockets;

/// <summary>Views of a socket for code that knows <see cref="Stream"/> such as SslStream and HttpClient.</summary>
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
}
