using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>
/// What the ownership analyzers cost, in processor time, which a busy machine stretches less than the clock's: their own, as the
/// compiler's /reportanalyzer counts it, against that of compiling with an analyzer that is called for the same things and does nothing,
/// as those of the SDK always are. The two take turns, so that what else the machine does meets both.
/// </summary>
internal static class CostBenchmark
{
    private const double MaxShare = 0.02;
    private const int RoundsToWarmUp = 3;
    private static readonly TimeSpan s_maxForMethod = TimeSpan.FromSeconds(1);
    private static readonly ImmutableArray<DiagnosticAnalyzer> s_nothing = [new IdleAnalyzer()];

    /// <summary>Measures everything; false when a limit is exceeded.</summary>
    public static async Task<bool> RunAsync(int rounds, int files, int methodLines)
    {
        ImmutableArray<SourceSet> sets = [.. SourceSet.OfRepository(), SourceSet.OfBulk(files)];
        var all = Enumerable.Range(0, rounds).Select(_ => default(Sample)).ToImmutableArray();
        int lines = 0;
        Console.WriteLine("| sources | lines | compile | ownership analyzers | share | of all rounds |");
        Console.WriteLine("|---|--:|--:|--:|--:|---|");
        foreach (SourceSet set in sets)
        {
            if (set.FirstError() is { } error)
            {
                Console.WriteLine($"{set.Name} is left out, as it does not compile here: {error}");
                continue;
            }

            ImmutableArray<Sample> samples = await MeasureAsync(set, rounds);
            lines += set.Lines;
            all = [.. all.Zip(samples, (sum, sample) => sum + sample)];
            Print(set.Name, set.Lines, samples);
        }

        Print("this solution and bulk", lines, all);
        ImmutableArray<Sample> ofMethod = await MeasureAsync(SourceSet.OfLargeMethod(methodLines), rounds);
        Sample method = Median(ofMethod, sample => sample.Analysis.TotalMilliseconds);
        Console.WriteLine(Invariant(
            $"\na method of {methodLines} lines with {methodLines / 15} sends: {method.Analysis.TotalMilliseconds:F0} ms ({ofMethod.Min(s => s.Analysis.TotalMilliseconds):F0} to {ofMethod.Max(s => s.Analysis.TotalMilliseconds):F0})"));
        bool isCheap = Median(all, sample => sample.Share).Share < MaxShare && method.Analysis < s_maxForMethod;
        Console.WriteLine(isCheap ? "within 2% and one second" : "more than 2% or one second");
        return isCheap;
    }

    private static async Task<ImmutableArray<Sample>> MeasureAsync(SourceSet set, int rounds)
    {
        var samples = ImmutableArray.CreateBuilder<Sample>();
        for (int round = -RoundsToWarmUp; round < rounds; round++)
        {
            (TimeSpan compilation, _) = await CompileAsync(set, s_nothing);
            (_, TimeSpan analysis) = await CompileAsync(set, OwnershipAnalyzers.All);
            if (round >= 0)
            {
                samples.Add(new Sample(compilation, analysis));
            }
        }

        return samples.ToImmutable();
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
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: false, logAnalyzerExecutionTime: true);
        CompilationWithAnalyzers analyzed = compilation.WithAnalyzers(analyzers, options);
        AnalysisResult result = await analyzed.GetAnalysisResultAsync(CancellationToken.None);
        using var image = new MemoryStream();
        analyzed.Compilation.Emit(image);
        TimeSpan all = ProcessorTime() - before;
        double hadProcessor = Math.Min(1, all / clock.Elapsed);
        return (all, result.AnalyzerTelemetryInfo.Values.Aggregate(TimeSpan.Zero, (sum, telemetry) => sum + telemetry.ExecutionTime) * hadProcessor);
    }

    private static TimeSpan ProcessorTime() => Process.GetCurrentProcess().TotalProcessorTime;

    private static void Print(string name, int lines, ImmutableArray<Sample> samples)
    {
        Sample median = Median(samples, sample => sample.Share);
        Console.WriteLine(Invariant(
            $"| {name} | {lines} | {median.Compilation.TotalMilliseconds:F0} ms | {median.Analysis.TotalMilliseconds:F0} ms | {median.Share:P1} | {samples.Min(s => s.Share):P1} to {samples.Max(s => s.Share):P1} |"));
    }

    private static Sample Median(ImmutableArray<Sample> samples, Func<Sample, double> by) => samples.OrderBy(by).ElementAt(samples.Length / 2);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="Compilation">Processor time without the ownership analyzers.</param>
    /// <param name="Analysis">Theirs.</param>
    private readonly record struct Sample(TimeSpan Compilation, TimeSpan Analysis)
    {
        public double Share => Analysis / Compilation;

        public static Sample operator +(Sample left, Sample right) => new(left.Compilation + right.Compilation, left.Analysis + right.Analysis);
    }
}
