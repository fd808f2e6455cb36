namespace ZeroCopySockets.ValidPrograms;

/// <summary>Waits for a buffer for a while and then takes another one: a peer that does not read holds up nobody else.</summary>
internal static class RecycleTimeout
{
    public static async Task RunAsync(ZeroCopySocket socket, Func<Tick> next, CancellationToken stopping)
    {
        Tick.Buffer buffer = socket.RentTick();
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                buffer.Write(next());
                SendReceipt sent = await socket.SendZeroCopyAsync(buffer, stopping);
                Task recycled = sent.Recycled.AsTask();
                if (await Task.WhenAny(recycled, Task.Delay(TimeSpan.FromSeconds(1), stopping)) != recycled)
                {
                    buffer.Dispose();
                    buffer = socket.RentTick();
                }
            }
        }
        finally
        {
            buffer.Dispose();
        }
    }
}
