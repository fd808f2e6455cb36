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

    /// <summary>Resident memory without garbage: what grows here is held by somebody.</summary>
    public static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }
}

/// <summary>Whether memory grows: the straight line through the samples after the warm-up.</summary>
internal sealed class MemoryTrend
{
    private const double Mebi = 1024 * 1024;
    private const double AllowedMebibytes = 16;
    private const double CertainDeviations = 3;

    private readonly List<(double Seconds, double Mebibytes)> _samples = [];

    public double MeanMebibytes => _samples.Count == 0 ? 0 : _samples.Average(sample => sample.Mebibytes);

    /// <summary>Growth over the time that was sampled, by the line of least squares, and the standard error of that.</summary>
    public (double Mebibytes, double Error) Growth
    {
        get
        {
            if (_samples.Count < 3)
            {
                return (0, 0);
            }

            double meanX = _samples.Average(sample => sample.Seconds);
            double meanY = MeanMebibytes;
            double spread = _samples.Sum(sample => Math.Pow(sample.Seconds - meanX, 2));
            double slope = _samples.Sum(sample => (sample.Seconds - meanX) * (sample.Mebibytes - meanY)) / spread;
            double residual = _samples.Sum(sample => Math.Pow(sample.Mebibytes - meanY - slope * (sample.Seconds - meanX), 2));
            double time = _samples[^1].Seconds - _samples[0].Seconds;
            return (slope * time, Math.Sqrt(residual / (_samples.Count - 2) / spread) * time);
        }
    }

    /// <summary>
    /// At most 16 MiB and a twentieth of the whole over the run; or else no more than chance makes of what happens to be in
    /// flight at the samples. A leak is a straight line, and is not taken for chance.
    /// </summary>
    public bool IsFlat => Growth is var (mebibytes, error) && (mebibytes < AllowedMebibytes + MeanMebibytes / 20 || mebibytes < CertainDeviations * error);

    public void Add(double seconds, long residentBytes) => _samples.Add((seconds, residentBytes / Mebi));
}
