namespace ZeroCopySockets.ValidPrograms;

/// <summary>Carries bytes one way through two arrays, so that the next read overlaps the notification of the last send.</summary>
internal static class TwoBufferProxy
{
    public static async Task PumpAsync(ZeroCopySocket from, ZeroCopySocket to, CancellationToken stopping)
    {
        byte[] current = new byte[64 * 1024];
        byte[] other = new byte[64 * 1024];
        ValueTask pending = default;
        int received;
        while ((received = await from.ReceiveAsync(current, stopping)) > 0)
        {
            SendReceipt sent = await to.SendZeroCopyAsync(current.AsMemory(0, received), stopping);
            await pending;
            pending = sent.Recycled;
            (current, other) = (other, current);
        }

        await pending;
    }
}
