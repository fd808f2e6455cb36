using System.Globalization;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Connecting;

/// <summary>In a process of its own: accepts as many connections as it is told to, all waiting in its backlog, then resets them untimed.</summary>
internal static class AcceptServer
{
    public static async Task<int> RunAsync(string kind)
    {
        await using Accepting accepting = Accepting.Open(kind, AcceptBenchmark.Connections);
        return await ChildContestant.ServeAsync(accepting.Port.ToString(CultureInfo.InvariantCulture), async count =>
        {
            Slice slice = await Slice.OfAsync(() => Task.Run(async () =>
            {
                await accepting.AcceptAsync((int)count);
                // Those taken ahead cost no time here, so they do not count either.
                return Math.Max(0, count - accepting.TakenAhead);
            }));
            await accepting.ResetAsync();
            return slice;
        });
    }
}
