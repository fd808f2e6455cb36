namespace ZeroCopySockets.ValidPrograms;

/// <summary>Writes into one of a ring of buffers while the kernel still reads the others.</summary>
internal static class BufferRotation
{
    public static async Task PublishAsync(ZeroCopySocket socket, IEnumerable<Tick> ticks, CancellationToken cancellationToken)
    {
        const int Count = 4;
        var buffers = new Tick.Buffer[Count];
        var receipts = new SendReceipt[Count];
        for (int i = 0; i < Count; i++)
        {
            buffers[i] = socket.RentTick();
        }

        int next = 0;
        foreach (Tick tick in ticks)
        {
            Tick.Buffer buffer = buffers[next];
            await receipts[next].Recycled;
            buffer.Write(tick);
            receipts[next] = await socket.SendZeroCopyAsync(buffer, cancellationToken);
            next = (next + 1) % Count;
        }

        foreach (Tick.Buffer buffer in buffers)
        {
            buffer.Dispose();
        }
    }
}
