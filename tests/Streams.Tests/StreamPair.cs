namespace ZeroCopySockets.Streams.Tests;

/// <summary>The two ends of one connection as streams, each owning its socket.</summary>
internal sealed class StreamPair(TcpPair pair) : IAsyncDisposable
{
    public ZeroCopyStream Client { get; } = pair.Client.AsStream();

    public ZeroCopyStream Server { get; } = pair.Server.AsStream();

    public static async Task<StreamPair> ConnectAsync(ZeroCopyEngine engine) => new(await TcpPair.ConnectAsync(engine));

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}

internal static class StreamReading
{
    /// <summary>Reads that many bytes.</summary>
    public static async Task<byte[]> ReadAsync(this Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>Reads to the end of the stream.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
