namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends whatever happens: the buffer is the caller's, so it is waited for on every way out.</summary>
internal static class FlushOnExit
{
    public static async Task RunAsync(ZeroCopySocket socket, byte[] scratch, Func<byte[], int> fill, CancellationToken stopping)
    {
        SendReceipt sent = default;
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await sent.Recycled;
                int length = fill(scratch);
                if (length == 0)
                {
                    break;
                }

                sent = await socket.SendZeroCopyAsync(scratch.AsMemory(0, length), stopping);
            }
        }
        finally
        {
            await sent.Recycled;
            Array.Clear(scratch);
        }
    }
}
