using System.Diagnostics;

namespace ZeroCopySockets.Linux;

/// <summary>
/// What it costs to enter the kernel: on some processors less than an operation of a ring, on others, whose flaws the kernel covers up at each
/// entry, three times as much.
/// </summary>
internal static class CallCost
{
    private const int Batches = 16;
    private const int Calls = 64;

    private static readonly TimeSpan s_dear = TimeSpan.FromMicroseconds(0.15 * Calls);

    /// <summary>Whether a call that does nothing takes longer than most of what it could be saved by.</summary>
    public static bool IsDear { get; } = Measure() > s_dear;

    /// <summary>The fastest of several batches: what else runs here can only make one slower.</summary>
    private static TimeSpan Measure()
    {
        TimeSpan fastest = TimeSpan.MaxValue;
        for (int batch = 0; batch < Batches; batch++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int call = 0; call < Calls; call++)
            {
                Libc.ParentProcess();
            }

            TimeSpan took = Stopwatch.GetElapsedTime(start);
            fastest = took < fastest ? took : fastest;
        }

        return fastest;
    }
}
