namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends every tick to every subscriber from one buffer, and writes the next when the last of them is done with it.</summary>
internal static class Broadcaster
{
    public static async Task RunAsync(
        IBufferSource pool, IReadOnlyCollection<ZeroCopySocket> subscribers, IAsyncEnumerable<Tick> ticks, CancellationToken stopping)
    {
        using Tick.Buffer buffer = pool.RentTick();
        await foreach (Tick tick in ticks.WithCancellation(stopping))
        {
            buffer.Write(tick);
            var receipts = new List<SendReceipt>(subscribers.Count);
            foreach (ZeroCopySocket subscriber in subscribers)
            {
                receipts.Add(await subscriber.SendZeroCopyAsync(buffer, stopping));
            }

            await Task.WhenAll(receipts.Select(receipt => receipt.Recycled.AsTask()));
        }
    }
}
