namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>What came of one contest.</summary>
internal sealed record ContestResult(string Work, int BytesPerOperation, IReadOnlyList<ContestantResult> Contestants);

/// <summary>One contestant's slices, and what follows from them.</summary>
internal sealed class ContestantResult(string name, bool isReference, IReadOnlyList<Slice> slices)
{
    public string Name { get; } = name;

    public bool IsReference { get; } = isReference;

    public double PerSecond { get; } = Interval.Of(slices.Select(slice => slice.PerSecond)).Median;

    public double CpuSecondsPerOperation { get; } = Interval.Of(slices.Select(slice => slice.CpuSeconds / Math.Max(1, slice.Operations))).Median;

    /// <summary>Over all slices: a median would hide an allocation that happens in few of them.</summary>
    public double BytesPerOperation { get; } = slices.Sum(slice => slice.AllocatedBytes) / (double)Math.Max(1, slices.Sum(slice => slice.Operations));

    public long Errors { get; } = slices.Sum(slice => slice.Errors) + slices.Count(slice => slice.Operations == 0);

    public bool LoadBound { get; } = slices.Count(slice => slice.LoadBound) > slices.Count / 2;

    private IReadOnlyList<Slice> Slices { get; } = slices;

    /// <summary>This one's speed in terms of the other's. Null where a ratio would say nothing: errors, or the load was measured.</summary>
    public Interval? RatioTo(ContestantResult other) =>
        Errors > 0 || other.Errors > 0 || LoadBound ? null : Interval.Of(Slices.Zip(other.Slices, (own, its) => own.PerSecond / its.PerSecond));
}
