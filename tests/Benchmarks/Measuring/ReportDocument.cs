using ZeroCopySockets.Benchmarks.Bars;
using ZeroCopySockets.Benchmarks.Connecting;
using ZeroCopySockets.Benchmarks.Policy;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>What a run writes as JSON, and what the charts are drawn from.</summary>
/// <param name="Command">How to run it again.</param>
/// <param name="Date">When it was.</param>
/// <param name="Processor">The machine.</param>
/// <param name="Kernel">Its system.</param>
/// <param name="Runtime">The .NET it ran on.</param>
internal sealed record ReportDocument(string Command, string Date, string Processor, string Kernel, string Runtime)
{
    public IReadOnlyList<WorkDocument> Works { get; init; } = [];

    public IReadOnlyList<PolicyResult> Policy { get; init; } = [];

    public IReadOnlyList<BarRow> Bars { get; init; } = [];

    public IReadOnlyList<IdleResult> Idle { get; init; } = [];

    /// <summary>Of this machine, now.</summary>
    public static ReportDocument Of(string command) =>
        new($"dotnet run -c Release --project tests/Benchmarks -- {command}", DateTime.UtcNow.ToString("yyyy-MM-dd"), Machine.Processor, Machine.Kernel, Machine.Runtime);

    public static IReadOnlyList<WorkDocument> Documents(IEnumerable<ContestResult> results) =>
    [
        .. results.Select(result => new WorkDocument(result.Work, result.BytesPerOperation, result.Failure, result.LeftOut,
        [
            .. result.Contestants.Select(one => new ContestantDocument(
                one.Name, one.Role == Role.Ours, one.PerSecond, one.CpuSecondsPerOperation, one.AllocatedPerCall, one.SystemCallsPerOperation, one.LoadBusy, one.Errors, one.IsLoadBound,
                result.Contestants.Where(other => other.Role == Role.Reference && other != one).ToDictionary(other => other.Name, other => one.RatioTo(other)))),
        ])),
    ];
}

/// <summary>One <see cref="ContestResult"/>.</summary>
internal sealed record WorkDocument(string Name, int BytesPerOperation, string? Failure, IReadOnlyList<string> LeftOut, IReadOnlyList<ContestantDocument> Contestants);

/// <summary>One <see cref="ContestantResult"/>, with its ratios to the references; null where a ratio would say nothing.</summary>
internal sealed record ContestantDocument(
    string Name,
    bool IsOurs,
    double PerSecond,
    double CpuSecondsPerOperation,
    double AllocatedBytesPerCall,
    double? SystemCallsPerOperation,
    double? LoadBusy,
    long Errors,
    bool IsLoadBound,
    IReadOnlyDictionary<string, Interval?> Ratios);
