namespace ZeroCopySockets.ValidPrograms;

/// <summary>Two frames in turn: one is drawn while the other is on its way.</summary>
internal static class DoubleBuffer
{
    public static async Task StreamAsync(ZeroCopySocket socket, int frameBytes, Action<Span<byte>, int> draw, CancellationToken stopping)
    {
        using BufferLease first = await socket.RentAsync(frameBytes, stopping);
        using BufferLease second = await socket.RentAsync(frameBytes, stopping);
        BufferLease front = first;
        BufferLease back = second;
        SendReceipt previous = default;
        for (int frame = 0; !stopping.IsCancellationRequested; frame++)
        {
            draw(back.Edit(), frame);
            SendReceipt sent = await socket.SendZeroCopyAsync(back, stopping);
            await previous.Recycled;
            previous = sent;
            (front, back) = (back, front);
        }

        await previous.Recycled;
    }
}
