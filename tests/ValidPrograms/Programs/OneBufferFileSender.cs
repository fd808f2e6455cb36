namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends a file through one leased buffer that is filled again when its last send has been recycled.</summary>
internal static class OneBufferFileSender
{
    public static async Task SendAsync(ZeroCopySocket socket, FileStream file, CancellationToken cancellationToken)
    {
        using BufferLease chunk = await socket.RentAsync(64 * 1024, cancellationToken);
        SendReceipt? sent = null;
        int read;
        do
        {
            if (sent is { IsRecycled: false } pending)
            {
                await pending.Recycled;
            }

            read = file.Read(chunk.Edit());
            if (read > 0)
            {
                sent = await socket.SendZeroCopyAsync(chunk, ..read, cancellationToken);
            }
        }
        while (read > 0);
    }
}
