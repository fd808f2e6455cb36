using System.Net;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>One listener per loop on the same port; every loop publishes to its own connections from a buffer of its own.</summary>
internal sealed class MultiLoopServer(ZeroCopyEngine engine)
{
    public Task RunAsync(IPEndPoint local, Func<Tick> next, CancellationToken stopping) =>
        Task.WhenAll(engine.Loops.Select(loop => loop.RunAsync(async () =>
        {
            await using ZeroCopyListener listener = engine.Listen(local, options: new ZeroCopySocketOptions { ReusePort = true });
            await using ZeroCopySocket client = await listener.AcceptAsync(stopping);
            using Tick.Buffer tick = client.RentTick();
            while (!stopping.IsCancellationRequested)
            {
                tick.Write(next());
                SendReceipt sent = await client.SendZeroCopyAsync(tick, stopping);
                await Task.Delay(10, stopping);
                await sent.Recycled;
            }
        })));
}
