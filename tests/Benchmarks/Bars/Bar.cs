using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Policy;

namespace ZeroCopySockets.Benchmarks.Bars;

/// <summary>A row of the table: what was asked for, what was measured.</summary>
/// <param name="Work">What is done.</param>
/// <param name="Against">By whom else.</param>
/// <param name="Bar">What was asked for.</param>
/// <param name="Measured">The ratio of the worst cell, or why there is none.</param>
/// <param name="Interval">Where its true value lies, in 95 of 100 measurements.</param>
/// <param name="Native">What the program in C reaches in that cell, against the same other: the most io_uring gives there.</param>
/// <param name="IsMet">Null where it was not measured, or not all of it, and what was is as asked for.</param>
internal sealed record BarRow(string Work, string Against, string Bar, string Measured, string Interval, string Native, bool? IsMet);

/// <summary>One comparison a bar is made of.</summary>
/// <param name="Work">The name of the work.</param>
/// <param name="Contestant">Who of ours.</param>
/// <param name="Least">The ratio to reach.</param>
internal sealed record BarCell(string Work, string Contestant, double Least);

/// <summary>Something the library is to reach.</summary>
internal abstract record Bar(string Work, string Against, string Text)
{
    /// <summary>Names of the works it needs measured.</summary>
    public virtual IEnumerable<string> Works => [];

    public abstract BarRow Judge(IReadOnlyList<ContestResult> results, IReadOnlyList<PolicyResult> policy);

    protected BarRow Row(string measured, string interval, bool? isMet, string native = "") => new(Work, Against, Text, measured, interval, native, isMet);

    protected BarRow NotMeasured(string reason) => Row($"not measured: {reason}", "", null);
}

/// <summary>Speed in terms of another's, in each of several cells: the worst one counts.</summary>
/// <param name="Work">What is done.</param>
/// <param name="Against">By whom else, for people.</param>
/// <param name="Text">What is asked for, for people.</param>
/// <param name="Reference">By whom else, as the results name him.</param>
/// <param name="Cells">Where.</param>
internal sealed record RatioBar(string Work, string Against, string Text, string Reference, IReadOnlyList<BarCell> Cells) : Bar(Work, Against, Text)
{
    /// <summary>What the ratio must not lie below anywhere, by all of its interval.</summary>
    public double Floor { get; init; }

    /// <summary>Whether the processor time per operation is told, too.</summary>
    public bool TellsCpu { get; init; }

    /// <summary>Whether it must be less than the other's.</summary>
    public bool AtLessCpu { get; init; }

    public override IEnumerable<string> Works => Cells.Select(cell => cell.Work);

    public override BarRow Judge(IReadOnlyList<ContestResult> results, IReadOnlyList<PolicyResult> policy)
    {
        var measured = new List<(BarCell Cell, Interval Ratio, double Cpu, Interval? Native)>();
        var others = new List<(string Why, string Work)>();
        foreach (BarCell cell in Cells)
        {
            ContestResult? result = results.FirstOrDefault(one => one.Work == cell.Work);
            if (result?.Find(cell.Contestant) is not { } own || result.Find(Reference) is not { } other)
            {
                others.Add((result?.Failure ?? result?.LeftOut.FirstOrDefault() ?? "did not run", cell.Work));
            }
            else if (own.RatioTo(other) is not { } ratio)
            {
                others.Add((own.Errors + other.Errors > 0 ? "errors" : "the load generator is the limit", cell.Work));
            }
            else
            {
                measured.Add((cell, ratio, own.CpuRatioTo(other)!.Value.Median, Reference == Contestant.Native ? null : result.Find(Contestant.Native)?.RatioTo(other)));
            }
        }

        string notMeasured = string.Join("; ", others.Distinct().GroupBy(cell => cell.Why, cell => cell.Work).Select(works => $"{works.Key} in {string.Join(", ", works)}"));
        if (measured.Count == 0)
        {
            return NotMeasured(notMeasured);
        }

        (BarCell worst, Interval lowest, _, Interval? native) = measured.MinBy(one => one.Ratio.Median / one.Cell.Least);
        double cpu = measured.Max(one => one.Cpu);
        bool areMet = measured.All(one => one.Ratio.Median >= one.Cell.Least && one.Ratio.Low >= Floor) && (!AtLessCpu || cpu < 1);
        string where = Cells.Count > 1 ? $" ({worst.Work}; {worst.Contestant}{(Cells.All(cell => cell.Least == worst.Least) ? "" : $"; bar {worst.Least:0.0}x")})" : "";
        string time = AtLessCpu || TellsCpu ? $", CPU per operation {cpu:0.00}x{(Cells.Count > 1 ? " at the most" : "")}" : "";
        // One cell is enough not to meet the bar; to meet it takes them all.
        (string before, string after, bool? isMet) = others.Count == 0
            ? ("", "", (bool?)areMet)
            : ($"{measured.Count} of {Cells.Count} cells measured, the worst ", $"; {notMeasured}", areMet ? null : false);
        return Row($"{before}{lowest.Median:0.00}x{where}{time}{after}", $"{lowest.Low:0.00} .. {lowest.High:0.00}", isMet, native is { } reach ? $"{reach.Median:0.00}x" : "");
    }
}

/// <summary>What adapting costs, over all workloads: the worst one counts.</summary>
internal sealed record PolicyBar(string Work, string Against, string Text) : Bar(Work, Against, Text)
{
    public override BarRow Judge(IReadOnlyList<ContestResult> results, IReadOnlyList<PolicyResult> policy)
    {
        if (policy.Count == 0)
        {
            return NotMeasured("did not run");
        }

        PolicyResult worst = policy.MinBy(one => one.Adaptive.Median)!;
        string median = $"median {Interval.Of(policy.Select(one => one.Adaptive.Median)).Median:0.000}x of {policy.Count}";
        return Row(
            $"{worst.Adaptive.Median:0.000}x ({worst.Workload}; {median})", $"{worst.Adaptive.Low:0.000} .. {worst.Adaptive.High:0.000}", worst.Adaptive.Median >= PolicyBenchmark.Bar);
    }
}

/// <summary>That nothing is allocated by any of ours, in whatever was run.</summary>
internal sealed record AllocationBar(string Work, string Against, string Text) : Bar(Work, Against, Text)
{
    public override BarRow Judge(IReadOnlyList<ContestResult> results, IReadOnlyList<PolicyResult> policy)
    {
        (ContestResult Result, ContestantResult One)[] ours =
            [.. results.SelectMany(result => result.Frugal.Select(one => (result, one)))];
        if (ours.Length == 0)
        {
            return NotMeasured("did not run");
        }

        (ContestResult worst, ContestantResult most) = ours.MaxBy(cell => cell.One.AllocatedPerCall);
        int allocating = ours.Count(cell => cell.One.Allocates);
        return Row(
            $"{most.AllocatedPerCall:0.00} B per call at the most ({worst.Work}; {most.Name}); {ours.Length - allocating} of {ours.Length} cells allocate nothing", "", allocating == 0);
    }
}
