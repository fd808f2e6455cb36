namespace ZeroCopySockets.Stress;

/// <summary>What the process holds.</summary>
internal static class ProcessBooks
{
    /// <summary>Sockets, rings, eventfds by number and kind; not the files of the runtime. None where there is no /proc.</summary>
    public static IReadOnlyList<string> OpenDescriptors() => !OperatingSystem.IsLinux() ? [] :
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Select(path => $"{Path.GetFileName(path)} {File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name}")
            .Where(target => target.Contains(":[", StringComparison.Ordinal)),
    ];

    public static long ResidentBytes() => Environment.WorkingSet;
}

/// <summary>Whether memory grows: the straight line through the samples after the warm-up.</summary>
internal sealed class MemoryTrend
{
    private const long Mebi = 1024 * 1024;

    /// <summary>The garbage collector's own breathing.</summary>
    private const double AllowedMebibytes = 24;

    private readonly List<(double Seconds, double Mebibytes)> _samples = [];

    public double MeanMebibytes => _samples.Count == 0 ? 0 : _samples.Average(sample => sample.Mebibytes);

    /// <summary>Growth over the time that was sampled, by the line of least squares.</summary>
    public double GrowthMebibytes
    {
        get
        {
            if (_samples.Count < 3)
            {
                return 0;
            }

            double meanX = _samples.Average(sample => sample.Seconds);
            double meanY = MeanMebibytes;
            double slope = _samples.Sum(sample => (sample.Seconds - meanX) * (sample.Mebibytes - meanY))
                / _samples.Sum(sample => (sample.Seconds - meanX) * (sample.Seconds - meanX));
            return slope * (_samples[^1].Seconds - _samples[0].Seconds);
        }
    }

    /// <summary>At most 24 MiB and a twentieth of the whole over the run.</summary>
    public bool IsFlat => GrowthMebibytes < AllowedMebibytes + MeanMebibytes / 20;

    public void Add(double seconds, long residentBytes) => _samples.Add((seconds, (double)residentBytes / Mebi));
}
