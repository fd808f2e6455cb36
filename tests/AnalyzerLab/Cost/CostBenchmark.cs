using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>
/// What the ownership analyzers cost, in processor time, which a busy machine stretches less than the clock's: their own, as the
/// compiler's /reportanalyzer counts it, against that of compiling. The share is of a compile without any analyzers; beside it stand what one
/// takes with an analyzer that is called for the same things and does nothing, as those of the SDK always are, and one with ours.
/// The three take turns, as do the sources, so that what else the machine does meets all of them. Measured is what a compiler that keeps
/// running takes: the first rounds, in which all of this is compiled just in time, and compiled again as it proves to be used, do not count.
/// </summary>
internal sealed class CostBenchmark(int rounds, TimeSpan most, int methodLines)
{
    private const double MaxShare = 0.02;
    private const int LeastRounds = 3;
    private const int RoundsBefore = 5;
    private static readonly TimeSpan s_maxForMethod = TimeSpan.FromSeconds(1);
    private static readonly ImmutableArray<DiagnosticAnalyzer> s_nothing = [new IdleAnalyzer()];

    private readonly Stopwatch _running = Stopwatch.StartNew();

    /// <summary>Measures everything; false when a limit is exceeded.</summary>
    public async Task<bool> RunAsync(int files, string only)
    {
        ImmutableArray<SourceSet> sets = [.. SourceSet.OfRepository().Append(SourceSet.OfBulk(files)).Where(set => set.Name.Contains(only, StringComparison.Ordinal)).Where(Compiles)];
        var samples = sets.Select(_ => new List<Sample>()).ToImmutableArray();
        var methods = new List<TimeSpan>();
        var method = SourceSet.OfLargeMethod(methodLines);

        for (int round = 1; round <= RoundsBefore; round++)
        {
            foreach (SourceSet set in sets.Add(method))
            {
                Progress($"before the first round, {round} of {RoundsBefore}: {set.Name}");
                await CompileAsync(set, OwnershipAnalyzers.All);
            }
        }

        var running = Stopwatch.StartNew();
        for (int round = 1; round <= rounds && (round <= LeastRounds || running.Elapsed < most); round++)
        {
            for (int set = 0; set < sets.Length; set++)
            {
                Progress($"round {round} of {rounds}: {sets[set].Name}");
                samples[set].Add(await MeasureAsync(sets[set]));
            }

            Progress($"round {round} of {rounds}: {method.Name}");
            methods.Add((await CompileAsync(method, OwnershipAnalyzers.All)).Analyzers);
        }

        return Tell(sets, samples, methods);
    }

    private bool Compiles(SourceSet set)
    {
        if (set.FirstError() is { } error)
        {
            Progress($"{set.Name} is left out, as it does not compile here: {error}");
            return false;
        }

        return true;
    }

    private static async Task<Sample> MeasureAsync(SourceSet set)
    {
        (TimeSpan plain, _) = await CompileAsync(set, []);
        (TimeSpan idle, _) = await CompileAsync(set, s_nothing);
        (TimeSpan ours, TimeSpan own) = await CompileAsync(set, OwnershipAnalyzers.All);
        return new Sample(plain, idle, ours, own);
    }

    /// <summary>
    /// The processor time of parsing, generating, analyzing and emitting, on one thread, and the analyzers' part of it. That is counted by the
    /// clock, so the time this process did not have the processor is taken off as it is of the whole.
    /// </summary>
    private static async Task<(TimeSpan All, TimeSpan Analyzers)> CompileAsync(SourceSet set, ImmutableArray<DiagnosticAnalyzer> analyzers)
    {
        GC.Collect();
        TimeSpan before = ProcessorTime();
        var clock = Stopwatch.StartNew();
        Compilation compilation = set.Compile();
        TimeSpan own = TimeSpan.Zero;
        if (!analyzers.IsEmpty)
        {
            var options = new CompilationWithAnalyzersOptions(
                new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: false, logAnalyzerExecutionTime: true);
            CompilationWithAnalyzers analyzed = compilation.WithAnalyzers(analyzers, options);
            AnalysisResult result = await analyzed.GetAnalysisResultAsync(CancellationToken.None);
            own = result.AnalyzerTelemetryInfo.Values.Aggregate(TimeSpan.Zero, (sum, telemetry) => sum + telemetry.ExecutionTime);
            compilation = analyzed.Compilation;
        }

        using var image = new MemoryStream();
        compilation.Emit(image);
        TimeSpan all = ProcessorTime() - before;
        return (all, own * Math.Min(1, all / clock.Elapsed));
    }

    private static TimeSpan ProcessorTime() => Process.GetCurrentProcess().TotalProcessorTime;

    private bool Tell(ImmutableArray<SourceSet> sets, ImmutableArray<List<Sample>> samples, List<TimeSpan> methods)
    {
        Console.WriteLine("| sources | lines | compile without analyzers | with one that does nothing | with ours | ours alone | share of a compile without | of one with idle analyzers |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|");
        for (int set = 0; set < sets.Length; set++)
        {
            Print(sets[set].Name, sets[set].Lines, samples[set]);
        }

        int[] users = [.. Enumerable.Range(0, sets.Length).Where(set => sets[set].UsesLibrary)];
        Print("**those that use the library**", users.Sum(set => sets[set].Lines), [.. Enumerable.Range(0, methods.Count).Select(round => users.Aggregate(default(Sample), (sum, set) => sum + samples[set][round]))]);
        List<Sample> all = [.. Enumerable.Range(0, methods.Count).Select(round => samples.Aggregate(default(Sample), (sum, ofSet) => sum + ofSet[round]))];
        Print("**in all**", sets.Sum(set => set.Lines), all);
        TimeSpan method = Median(methods);
        double share = Median(all.Select(sample => sample.Share));
        Console.WriteLine(Invariant($"\nmedians of {methods.Count} rounds, {_running.Elapsed.TotalMinutes:F1} minutes\n"));
        Console.WriteLine("| | measured | of all rounds | bar | |");
        Console.WriteLine("|---|--:|---|--:|---|");
        Console.WriteLine(Invariant($"| share of compile time | {share:P2} | {all.Min(s => s.Share):P2} to {all.Max(s => s.Share):P2} | {MaxShare:P0} | {Verdict(share < MaxShare)} |"));
        Console.WriteLine(Invariant($"| a method of {methodLines} lines with {methodLines / 15} sends | {method.TotalMilliseconds:F0} ms | {methods.Min().TotalMilliseconds:F0} to {methods.Max().TotalMilliseconds:F0} ms | {s_maxForMethod.TotalMilliseconds:F0} ms | {Verdict(method < s_maxForMethod)} |"));
        return share < MaxShare && method < s_maxForMethod;
    }

    private static string Verdict(bool isMet) => isMet ? "met" : "not met";

    private static void Print(string name, int lines, List<Sample> samples) => Console.WriteLine(Invariant(
        $"| {name} | {lines} | {Median(samples.Select(s => s.Plain)).TotalMilliseconds:F0} ms | {Median(samples.Select(s => s.Idle)).TotalMilliseconds:F0} ms | {Median(samples.Select(s => s.Ours)).TotalMilliseconds:F0} ms | {Median(samples.Select(s => s.Own)).TotalMilliseconds:F0} ms | {Median(samples.Select(s => s.Share)):P2} | {Median(samples.Select(s => s.Own / s.Idle)):P2} |"));

    private static T Median<T>(IEnumerable<T> values) => values.Order().ElementAt(values.Count() / 2);

    private void Progress(string what) => Console.Error.WriteLine(Invariant($"{_running.Elapsed.TotalSeconds,5:F0} s  {what}"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="Plain">Processor time of a compile without any analyzers.</param>
    /// <param name="Idle">With an analyzer that does nothing.</param>
    /// <param name="Ours">With the ownership analyzers.</param>
    /// <param name="Own">Theirs of that.</param>
    private readonly record struct Sample(TimeSpan Plain, TimeSpan Idle, TimeSpan Ours, TimeSpan Own)
    {
        public double Share => Own / Plain;

        public static Sample operator +(Sample left, Sample right) =>
            new(left.Plain + right.Plain, left.Idle + right.Idle, left.Ours + right.Ours, left.Own + right.Own);
    }
}
