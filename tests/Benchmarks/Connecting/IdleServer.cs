using System.Globalization;

namespace ZeroCopySockets.Benchmarks.Connecting;

/// <summary>
/// In a process of its own: accepts as many connections as it is told to (a number above 0), has all it accepted wait for what
/// their peers send (0), and answers each time with the memory it then takes: managed, and resident outside the managed heap.
/// </summary>
internal static class IdleServer
{
    public static async Task<int> RunAsync(string kind, int most)
    {
        await using Accepting accepting = Accepting.Open(kind, most);
        Console.WriteLine(accepting.Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            int count = int.Parse(line, CultureInfo.InvariantCulture);
            if (count > 0)
            {
                await accepting.AcceptAsync(count);
            }
            else
            {
                accepting.Receive();
            }

            // What was asked of another thread is to be done.
            await Task.Delay(100);
            Console.WriteLine(Measure());
        }

        return 0;
    }

    private static string Measure()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        long managed = GC.GetTotalMemory(forceFullCollection: false);
        return string.Create(CultureInfo.InvariantCulture, $"{managed} {Environment.WorkingSet - GC.GetGCMemoryInfo().TotalCommittedBytes}");
    }
}
