namespace ZeroCopySockets.ValidPrograms;

/// <summary>Chooses by a flag which of two prepared buffers goes out; the flag that chose the send chooses the wait.</summary>
internal static class SharedHeader
{
    public static async Task SendAsync(ZeroCopySocket socket, Heartbeat.Buffer quiet, Tick.Buffer busy, bool isBusy, CancellationToken stopping)
    {
        SendReceipt quietSent = default;
        SendReceipt busySent = default;
        if (isBusy)
        {
            busy.Edit().Sequence++;
            busySent = await socket.SendZeroCopyAsync(busy, stopping);
        }
        else
        {
            quiet.Edit().Beat++;
            quietSent = await socket.SendZeroCopyAsync(quiet, stopping);
        }

        await Task.Yield();
        if (isBusy)
        {
            await busySent.Recycled;
        }
        else
        {
            await quietSent.Recycled;
        }

        busy.Edit().Quantity = 0;
        quiet.Edit().UnixMilliseconds = 0;
    }
}
