using ZeroCopySockets.Benchmarks.Connecting;
using ZeroCopySockets.Benchmarks.Generating;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Policy;

namespace ZeroCopySockets.Benchmarks;

/// <summary>
/// Everything, each for a fraction of a second: that it works, and that ours allocates nothing once it runs. Fails on errors
/// and on allocations, never on time.
/// </summary>
internal static class Check
{
    private const int IdleConnections = 1000;
    // Five turns: what a call allocates shows in each of them, what the runtime and a pool that still grows take does not.
    private static readonly Pace s_pace = new(0.1, TimeSpan.FromMilliseconds(20));

    public static async Task<int> RunAsync()
    {
        IReadOnlyList<ContestResult> results = await Contest.RunAllAsync(Suite.Works, s_pace);
        await IdleBenchmark.RunAsync(IdleConnections, rounds: 1);
        await PolicyBenchmark.MeasureAsync(rounds: 1, mostRounds: 1, TimeSpan.FromMilliseconds(1));
        var failures = new List<string>();
        if (GeneratorBenchmark.Run(messages: 50, rounds: 1) != 0)
        {
            failures.Add("generator does not run");
        }

        if (CodecBenchmark.Run(isSmoke: true) != 0)
        {
            failures.Add("codec does not run");
        }

        foreach (ContestResult result in results)
        {
            failures.AddRange(result.Failure is { } failure ? [$"{result.Work}: {failure}"] : []);
            failures.AddRange(result.Contestants.Where(one => one.Errors > 0).Select(one => $"{result.Work}, {one.Name}: {one.Errors} errors"));
            failures.AddRange(result.Frugal.Where(one => one.Allocates).Select(one => $"{result.Work}, {one.Name}: allocates {one.AllocatedPerCall:0.0} B/call"));
        }

        string[] skipped = [.. results.SelectMany(result => result.LeftOut).GroupBy(reason => reason).Select(reason => $"skipped in {reason.Count()} works: {reason.Key}")];
        Console.WriteLine();
        foreach (string line in skipped.Concat(failures))
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"check: works={results.Count} cells={results.Sum(result => result.Contestants.Count)} failed={failures.Count} skipped={results.Sum(result => result.LeftOut.Count)}");
        return failures.Count == 0 ? 0 : 1;
    }
}
