using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Native;

namespace ZeroCopySockets.Benchmarks.Sending;

/// <summary>Datagrams out of a device that does not copy: ours, .NET's socket, and C, by window and by size.</summary>
internal static class SendBenchmark
{
    private const int Window = 32;
    private static readonly int[] s_sizes = [64, 256, 1400, 8192, 32_768, 65_000];

    public static async Task<IReadOnlyList<ContestResult>> RunAsync(ContestOptions options, string only)
    {
        if (!DummyNic.IsHere)
        {
            Console.Error.WriteLine("Skipped: the device that does not copy needs root (ip, tc and unshare).");
            return [];
        }

        var results = new List<ContestResult>();
        foreach (int size in s_sizes)
        {
            await AddAsync($"UDP {size:N0} B, {Window} in flight", size,
            [
                () => Ours("ours, lease", size, onLoop: true, Window),
                () => Task.FromResult<Contestant>(size == Frame.WireSize ? new TypedSender() : throw new NotHereException("the typed message is 65,000 B")),
                () => Task.FromResult<Contestant>(new SocketSender(size, Window)),
                async () => await NativePeer.StartAsync("C, SEND_ZC", true, "send_zc", DummyNic.Peer.Address, DummyNic.Peer.Port, size, Window),
                async () => await NativePeer.StartAsync("C, MSG_ZEROCOPY", false, "msg_zerocopy", DummyNic.Peer.Address, DummyNic.Peer.Port, size, Window),
            ]);
            await AddAsync($"UDP {size:N0} B, each awaited", size,
            [
                () => Ours("ours, on the loop", size, onLoop: true, 1),
                () => Ours("ours, off the loop", size, onLoop: false, 1),
                () => Task.FromResult<Contestant>(new SocketSender(size, 1)),
                async () => await NativePeer.StartAsync("C, SEND_ZC", true, "send_zc", DummyNic.Peer.Address, DummyNic.Peer.Port, size, 1),
            ]);
        }

        return results;

        async Task AddAsync(string work, int size, Func<Task<Contestant>>[] contestants)
        {
            if (work.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                Console.Error.WriteLine(work);
                results.Add(await Contest.RunAsync(work, size, contestants, options));
            }
        }
    }

    private static async Task<Contestant> Ours(string name, int size, bool onLoop, int window) =>
        await Sender.OpenAsync(name, new Workload(Transport.Nic, size, Leased: true, onLoop, window));
}
