using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Policy;

namespace ZeroCopySockets.Benchmarks.Bars;

/// <summary>Measures everything that <see cref="BarTable"/> asks for, and says what was reached.</summary>
internal static class BarsBenchmark
{
    private static readonly TimeSpan s_policySlice = TimeSpan.FromMilliseconds(8);

    public static async Task<(IReadOnlyList<ContestResult> Results, IReadOnlyList<PolicyResult> Policy, IReadOnlyList<BarRow> Rows)> RunAsync(
        IEnumerable<Work> all, double seconds, string only)
    {
        HashSet<string> names = [.. BarTable.Rows.SelectMany(bar => bar.Works)];
        Work[] works = [.. all.Where(work => names.Contains(work.Name) && work.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        var pace = new Pace(seconds);
        // Beside what is measured: warming up, counting system calls, opening and closing.
        double minutes = works.Sum(work => work.Contestants.Count * ((1.125 * seconds) + (3 * work.Slice.TotalSeconds))) / 60;
        Console.Error.WriteLine($"{works.Length} works, about {minutes:0} minutes; then the policy, about {Math.Max(1, minutes / 3):0} more.");
        IReadOnlyList<ContestResult> results = await Contest.RunAllAsync(works, pace);
        int rounds = Math.Max(3, (int)(10 * seconds));
        IReadOnlyList<PolicyResult> policy = await PolicyBenchmark.MeasureAsync(rounds, 2 * rounds, s_policySlice, only);
        return (results, policy, [.. BarTable.Rows.Select(bar => bar.Judge(results, policy))]);
    }

    /// <summary>As Markdown, to be put where people read it.</summary>
    public static void Print(IReadOnlyList<BarRow> rows, ReportDocument document)
    {
        Console.WriteLine("| work | against | bar | measured, the worst cell | interval | C there | |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (BarRow row in rows)
        {
            string met = row.IsMet switch { true => "met", false => "not met", null => "-" };
            Console.WriteLine($"| {row.Work} | {row.Against} | {row.Bar} | {row.Measured} | {row.Interval} | {row.Native} | {met} |");
        }

        Console.WriteLine();
        Console.WriteLine($"{document.Processor}; {document.Kernel}; {document.Runtime}; {document.Date}; `{document.Command}`. Where a row has several cells, the worst one is shown.");
        Console.WriteLine($"bars: {rows.Count(row => row.IsMet == true)} met, {rows.Count(row => row.IsMet == false)} not met, {rows.Count(row => row.IsMet is null)} not measured");
    }
}
