namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>
/// Contestants taking turns in short slices, in an order shuffled anew each round, so that a machine that wanders takes all of
/// them along and none always follows the same other. What counts is the median of the ratios made within the rounds.
/// </summary>
internal static class Contest
{
    /// <summary>Runs it.</summary>
    /// <param name="work">What is done, as in the tables.</param>
    /// <param name="bytesPerOperation">User bytes one operation moves.</param>
    /// <param name="open">Opens the contestants; one that this machine cannot run says why on the error stream and is left out.</param>
    /// <param name="options">How long.</param>
    public static async Task<ContestResult> RunAsync(string work, int bytesPerOperation, IReadOnlyList<Func<Task<Contestant>>> open, ContestOptions options)
    {
        var contestants = new List<Contestant>();
        try
        {
            foreach (Func<Task<Contestant>> next in open)
            {
                try
                {
                    contestants.Add(await next());
                }
                catch (NotHereException e)
                {
                    Console.Error.WriteLine($"  left out: {e.Message}");
                }
            }

            var random = new Random(1);
            List<Slice>[] slices = [.. contestants.Select(_ => new List<Slice>())];
            await RoundAsync(keep: false);
            for (int round = 0; round < options.Rounds; round++)
            {
                await RoundAsync(keep: true);
            }

            return new ContestResult(work, bytesPerOperation, [.. contestants.Zip(slices, (contestant, its) => new ContestantResult(contestant.Name, contestant.IsReference, its))]);

            async Task RoundAsync(bool keep)
            {
                int[] order = [.. Enumerable.Range(0, contestants.Count)];
                random.Shuffle(order);
                foreach (int turn in order)
                {
                    Slice slice = await contestants[turn].RunAsync(options.Slice);
                    if (keep)
                    {
                        slices[turn].Add(slice);
                    }
                }
            }
        }
        finally
        {
            foreach (Contestant contestant in contestants)
            {
                await contestant.DisposeAsync();
            }
        }
    }
}

/// <summary>How long a contest takes.</summary>
/// <param name="Slice">One turn.</param>
/// <param name="Rounds">Turns of each contestant.</param>
internal sealed record ContestOptions(TimeSpan Slice, int Rounds)
{
    /// <summary>Slices that add up to so many seconds for each contestant.</summary>
    public static ContestOptions For(double seconds, double sliceSeconds) =>
        new(TimeSpan.FromSeconds(sliceSeconds), Math.Max(3, (int)(seconds / sliceSeconds)));
}

/// <summary>A contestant this machine cannot run: no compiler, no device, no root.</summary>
internal sealed class NotHereException(string reason) : Exception(reason);
