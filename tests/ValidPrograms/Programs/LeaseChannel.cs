using System.Threading.Channels;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>One task fills buffers, another sends them: a lease belongs to whoever took it out of the channel.</summary>
internal static class LeaseChannel
{
    public static async Task RunAsync(ZeroCopySocket socket, IAsyncEnumerable<byte[]> records, CancellationToken stopping)
    {
        Channel<BufferLease> channel = Channel.CreateBounded<BufferLease>(16);
        await Task.WhenAll(ProduceAsync(socket, records, channel.Writer, stopping), ConsumeAsync(socket, channel.Reader, stopping));
    }

    private static async Task ProduceAsync(
        IBufferSource pool, IAsyncEnumerable<byte[]> records, ChannelWriter<BufferLease> filled, CancellationToken stopping)
    {
        await foreach (byte[] record in records.WithCancellation(stopping))
        {
            BufferLease lease = await pool.RentAsync(record.Length, stopping);
            record.CopyTo(lease.Edit());
            await filled.WriteAsync(lease, stopping);
        }

        filled.Complete();
    }

    private static async Task ConsumeAsync(ZeroCopySocket socket, ChannelReader<BufferLease> filled, CancellationToken stopping)
    {
        await foreach (BufferLease lease in filled.ReadAllAsync(stopping))
        {
            using (lease)
            {
                await socket.SendZeroCopyAsync(lease, stopping);
            }
        }
    }
}
