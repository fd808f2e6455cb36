using System.Net.Sockets;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>
/// Contestants taking turns in short slices, in an order shuffled anew each round, so that a machine that wanders takes all of
/// them along and none always follows the same other. What counts is the median of the ratios made within the rounds; where the
/// host of a virtual machine takes processor time away, there are up to twice as many rounds, and those count in which it took least.
/// </summary>
internal static class Contest
{
    private const int FewestWarmRounds = 5;
    private const int EmptyRounds = 5;

    /// <summary>Runs the works whose names contain <paramref name="only"/>, one after the other.</summary>
    public static async Task<IReadOnlyList<ContestResult>> RunAllAsync(IEnumerable<Work> works, Pace pace, string only = "")
    {
        Work[] chosen = [.. works.Where(work => work.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        var results = new List<ContestResult>();
        foreach (Work work in chosen)
        {
            Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {results.Count + 1}/{chosen.Length} {work.Name}");
            results.Add(await RunAsync(work, pace));
        }

        return results;
    }

    private static async Task<ContestResult> RunAsync(Work work, Pace pace)
    {
        var contestants = new List<Contestant>();
        var leftOut = new List<string>();
        try
        {
            foreach (Func<Task<Contestant>> next in work.Contestants)
            {
                try
                {
                    contestants.Add(await next());
                }
                catch (Exception e) when (e is NotHereException or PlatformNotSupportedException)
                {
                    Console.Error.WriteLine($"  left out: {e.Message}");
                    leftOut.Add(e.Message);
                }
            }

            return new ContestResult(work.Name, work.BytesPerOperation, await MeasureAsync(contestants, pace.For(work), work.OperationsPerCall), [.. leftOut.Distinct()]) { MakesObjects = work.MakesObjects };
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or SocketException)
        {
            // A contestant's process ended, or its connection: the other works can still be done.
            Console.Error.WriteLine($"  failed: {e}");
            return new ContestResult(work.Name, work.BytesPerOperation, [], leftOut) { Failure = e.Message };
        }
        finally
        {
            foreach (Contestant contestant in contestants)
            {
                await contestant.DisposeAsync();
            }
        }
    }

    private static async Task<IReadOnlyList<ContestantResult>> MeasureAsync(List<Contestant> contestants, (TimeSpan Slice, int Rounds) pace, int operationsPerCall)
    {
        var random = new Random(1);
        var rounds = new List<Round>();
        long[] errors = new long[contestants.Count];
        long[] plumbing = new long[contestants.Count];
        double?[] systemCalls = new double?[contestants.Count];

        // Warm first: the runtime compiles what is hot anew, and pools fill.
        for (int round = 0; round < Math.Max(FewestWarmRounds, pace.Rounds / 8); round++)
        {
            await RoundAsync(turn => TurnAsync(turn, pace.Slice));
        }

        // What starting and ending a turn allocates by itself: the most of several, because it hangs on which of two threads is first.
        for (int round = 0; round < EmptyRounds; round++)
        {
            await RoundAsync(async turn => plumbing[turn] = Math.Max(plumbing[turn], (await TurnAsync(turn, TimeSpan.Zero)).AllocatedBytes));
        }

        while (rounds.Count < pace.Rounds || (rounds.Count < 2 * pace.Rounds && rounds.Count(round => round.Stolen == 0) < pace.Rounds))
        {
            var slices = new Slice[contestants.Count];
            long stolen = StolenTime.Now();
            await RoundAsync(async turn =>
            {
                Slice slice = await TurnAsync(turn, pace.Slice);
                slices[turn] = slice with { AllocatedBytes = Math.Max(0, slice.AllocatedBytes - plumbing[turn]) };
            });
            rounds.Add(new Round(slices, StolenTime.Now() - stolen));
        }

        Round[] counted = [.. rounds.OrderBy(round => round.Stolen).Take(pace.Rounds)];

        // Counting slows the calls down, so it has a turn of its own.
        await RoundAsync(async turn =>
        {
            using var counter = SystemCallCounter.TryStart(contestants[turn].ProcessId);
            Slice slice = await TurnAsync(turn, pace.Slice);
            systemCalls[turn] = counter?.Count / (double)Math.Max(1, slice.Operations);
        });
        return [.. contestants.Select((one, turn) => new ContestantResult(
            one.Name, one.Role, [.. counted.Select(round => round.Slices[turn])], operationsPerCall, errors[turn], systemCalls[turn]))];

        // An error counts in whichever turn it was.
        async Task<Slice> TurnAsync(int turn, TimeSpan duration)
        {
            Slice slice = await contestants[turn].RunAsync(duration);
            errors[turn] += slice.Errors;
            return slice;
        }

        async Task RoundAsync(Func<int, Task> runAsync)
        {
            int[] order = [.. Enumerable.Range(0, contestants.Count)];
            random.Shuffle(order);
            foreach (int turn in order)
            {
                await runAsync(turn);
            }
        }
    }

    /// <summary>One slice of each contestant, and what the host took meanwhile.</summary>
    private sealed record Round(Slice[] Slices, long Stolen);
}
