using System.Text;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Gathers lines until a buffer is full, sends it and goes on in another.</summary>
internal static class LogShipper
{
    public static async Task ShipAsync(ZeroCopySocket socket, IAsyncEnumerable<string> lines, CancellationToken stopping)
    {
        const int Capacity = 16 * 1024;
        BufferLease batch = await socket.RentAsync(Capacity, stopping);
        int used = 0;
        await foreach (string line in lines.WithCancellation(stopping))
        {
            int needed = Encoding.UTF8.GetByteCount(line);
            if (needed > Capacity)
            {
                continue;
            }

            if (used + needed > Capacity)
            {
                await socket.SendZeroCopyAsync(batch, ..used, stopping);
                batch.Dispose();
                batch = await socket.RentAsync(Capacity, stopping);
                used = 0;
            }

            used += Encoding.UTF8.GetBytes(line, batch.Edit()[used..]);
        }

        if (used > 0)
        {
            await socket.SendZeroCopyAsync(batch, ..used, stopping);
        }

        batch.Dispose();
    }
}
