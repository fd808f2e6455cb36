namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>What came of one contest.</summary>
/// <param name="Work">What was done.</param>
/// <param name="BytesPerOperation">User bytes one operation moves.</param>
/// <param name="Contestants">Those that took part.</param>
/// <param name="LeftOut">Why others did not.</param>
internal sealed record ContestResult(string Work, int BytesPerOperation, IReadOnlyList<ContestantResult> Contestants, IReadOnlyList<string> LeftOut)
{
    /// <summary>What ended it early.</summary>
    public string? Failure { get; init; }

    /// <summary>Those of ours that are to allocate nothing.</summary>
    public IEnumerable<ContestantResult> Frugal => MakesObjects ? [] : Contestants.Where(one => one.Role == Role.Ours);

    /// <summary>As of the work.</summary>
    public bool MakesObjects { get; init; }

    public bool HasErrors => Failure is not null || Contestants.Any(one => one.Errors > 0);

    public ContestantResult? Find(string contestant) => Contestants.FirstOrDefault(one => one.Name == contestant);
}

/// <summary>One contestant's slices, and what follows from them; its errors are those of all turns, also where nothing was measured.</summary>
internal sealed class ContestantResult(string name, Role role, IReadOnlyList<Slice> slices, int operationsPerCall, long errors, double? systemCallsPerOperation)
{
    // An object takes 24 bytes at least.
    private const double LeastAllocation = 1;

    public string Name { get; } = name;

    public Role Role { get; } = role;

    public double PerSecond { get; } = Interval.Of(slices.Select(slice => slice.PerSecond)).Median;

    public double CpuSecondsPerOperation { get; } = Interval.Of(slices.Select(CpuPerOperation)).Median;

    /// <summary>Over all slices.</summary>
    public double AllocatedPerCall { get; } = slices.Sum(slice => slice.AllocatedBytes) / Calls(slices.Sum(slice => slice.Operations), operationsPerCall);

    /// <summary>Whether calls allocate, which shows in every slice; the runtime itself does now and then, when it compiles say.</summary>
    public bool Allocates { get; } = slices.Count() > 0 && slices.Min(slice => slice.AllocatedBytes / Calls(slice.Operations, operationsPerCall)) >= LeastAllocation;

    /// <summary>Null where they cannot be counted.</summary>
    public double? SystemCallsPerOperation { get; } = systemCallsPerOperation;

    public long Errors { get; } = errors + slices.Count(slice => slice.Operations == 0);

    /// <summary>How much of its processor the load generator used. Null where there is none.</summary>
    public double? LoadBusy { get; } = slices[0].LoadBusy is null ? null : Interval.Of(slices.Select(slice => slice.LoadBusy!.Value)).Median;

    public bool IsLoadBound { get; } = slices.Count(slice => slice.IsLoadBound) > slices.Count / 2;

    private IReadOnlyList<Slice> Slices { get; } = slices;

    /// <summary>This one's speed in terms of the other's. Null where a ratio would say nothing: errors, or the load was measured.</summary>
    public Interval? RatioTo(ContestantResult other) => RatioTo(other, slice => slice.PerSecond);

    /// <summary>The same of the processor time per operation: below 1 is better.</summary>
    public Interval? CpuRatioTo(ContestantResult other) => RatioTo(other, CpuPerOperation);

    private static double Calls(long operations, int operationsPerCall) => Math.Max(1, operations / (double)operationsPerCall);

    private static double CpuPerOperation(Slice slice) => slice.CpuSeconds / Math.Max(1, slice.Operations);

    private Interval? RatioTo(ContestantResult other, Func<Slice, double> figure) =>
        Errors + other.Errors > 0 || IsLoadBound || other.IsLoadBound ? null : Interval.Of(Slices.Zip(other.Slices, (own, its) => figure(own) / figure(its)));
}
