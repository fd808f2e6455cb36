namespace ZeroCopySockets.ValidPrograms;

/// <summary>Receives prices in place and passes on those that move the market, each in a slot the library rents and returns itself.</summary>
internal static class OrderBook
{
    public static async Task RunAsync(ZeroCopySocket feed, ZeroCopySocket trader, long threshold, CancellationToken stopping)
    {
        long last = 0;
        await foreach (Tick.View tick in feed.ReceiveTicksAsync(stopping))
        {
            Tick copy = tick.Decode();
            if (Math.Abs(copy.PriceNanos - last) < threshold)
            {
                continue;
            }

            last = copy.PriceNanos;
            copy.Sequence++;
            SendReceipt sent = await trader.SendZeroCopyAsync(copy, stopping);
            copy.Quantity = 0;
            Console.WriteLine($"{sent.BytesSent} bytes for {copy.PriceNanos}");
        }
    }
}
