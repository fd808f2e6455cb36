namespace ZeroCopySockets.ValidPrograms;

/// <summary>Gives up a send after a time. The buffer stays the kernel's all the same, so another one carries the next message.</summary>
internal static class Cancellation
{
    public static async Task<bool> TrySendAsync(ZeroCopySocket socket, Tick tick, TimeSpan limit, CancellationToken stopping)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        timeout.CancelAfter(limit);
        using Tick.Buffer buffer = await socket.RentTickAsync(stopping);
        buffer.Write(tick);
        try
        {
            await socket.SendAndRecycleAsync(buffer, timeout.Token);
            buffer.Edit().Sequence = 0;
            return true;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            using Tick.Buffer marker = socket.RentTick();
            marker.Edit().Sequence = ulong.MaxValue;
            await socket.SendZeroCopyAsync(marker, stopping);
            return false;
        }
    }
}
