using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Diagnostics.Telemetry;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>What the ownership analyzers cost: their own time, as the compiler's /reportanalyzer counts it, against that of compiling without analyzers.</summary>
internal static class CostBenchmark
{
    private const double MaxShare = 0.02;
    private static readonly TimeSpan s_maxForMethod = TimeSpan.FromSeconds(1);

    /// <summary>Measures everything; false when a limit is exceeded.</summary>
    public static async Task<bool> RunAsync(int rounds, int files, int methodLines)
    {
        ImmutableArray<SourceSet> sets = [.. SourceSet.OfRepository(), SourceSet.OfBulk(files)];
        TimeSpan compiling = default;
        TimeSpan analyzing = default;
        Console.WriteLine("| sources | lines | compile | ownership analyzers | share |");
        Console.WriteLine("|---|--:|--:|--:|--:|");
        foreach (SourceSet set in sets)
        {
            (TimeSpan compile, TimeSpan analyze) = await MeasureAsync(set, rounds);
            compiling += compile;
            analyzing += analyze;
            Print(set.Name, set.Lines, compile, analyze);
        }

        Print("all", sets.Sum(set => set.Lines), compiling, analyzing);
        (_, TimeSpan ofMethod) = await MeasureAsync(SourceSet.OfLargeMethod(methodLines), rounds);
        Console.WriteLine(Invariant($"\na method of {methodLines} lines with {methodLines / 15} sends: {ofMethod.TotalMilliseconds:F0} ms"));
        bool isCheap = analyzing / compiling < MaxShare && ofMethod < s_maxForMethod;
        Console.WriteLine(isCheap ? "within 2% and one second" : "more than 2% or one second");
        return isCheap;
    }

    /// <summary>The median of each, on one thread; the first round, which compiles this program, does not count.</summary>
    private static async Task<(TimeSpan Compile, TimeSpan Analyze)> MeasureAsync(SourceSet set, int rounds)
    {
        var compiles = new List<TimeSpan>();
        var analyses = new List<TimeSpan>();
        for (int round = -1; round < rounds; round++)
        {
            var stopwatch = Stopwatch.StartNew();
            Compilation compilation = set.Compile();
            using var image = new MemoryStream();
            bool succeeded = compilation.Emit(image) is { Success: true } result;
            TimeSpan compile = stopwatch.Elapsed;
            if (!succeeded)
            {
                throw new InvalidOperationException($"{set.Name} does not compile: {compilation.GetDiagnostics().First(d => d.Severity == DiagnosticSeverity.Error)}");
            }

            TimeSpan analyze = await AnalyzeAsync(set.Compile());
            if (round >= 0)
            {
                compiles.Add(compile);
                analyses.Add(analyze);
            }
        }

        return (Median(compiles), Median(analyses));
    }

    private static async Task<TimeSpan> AnalyzeAsync(Compilation compilation)
    {
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: false, logAnalyzerExecutionTime: true);
        AnalysisResult result = await compilation.WithAnalyzers(OwnershipAnalyzers.All, options).GetAnalysisResultAsync(CancellationToken.None);
        return result.AnalyzerTelemetryInfo.Values.Aggregate(TimeSpan.Zero, (sum, telemetry) => sum + telemetry.ExecutionTime);
    }

    private static void Print(string name, int lines, TimeSpan compile, TimeSpan analyze) => Console.WriteLine(Invariant(
        $"| {name} | {lines} | {compile.TotalMilliseconds:F0} ms | {analyze.TotalMilliseconds:F1} ms | {analyze / compile:P2} |"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Median(List<TimeSpan> values) => values.Order().ElementAt(values.Count / 2);
}
