using System.Diagnostics;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>What one contestant did in its turn.</summary>
/// <param name="Operations">Sends, round trips, or whatever the work counts.</param>
/// <param name="Seconds">How long it really took.</param>
/// <param name="CpuSeconds">Processor time of the process under test.</param>
/// <param name="AllocatedBytes">Managed memory allocated meanwhile by the process under test.</param>
/// <param name="Errors">Operations that failed or brought the wrong bytes.</param>
/// <param name="LoadSeconds">Processor time of the load generator at the other end, where there is one.</param>
internal readonly record struct Slice(long Operations, double Seconds, double CpuSeconds, long AllocatedBytes, long Errors = 0, double? LoadSeconds = null)
{
    // Busier than this, a process on a processor of its own has no time left.
    private const double Full = 0.95;

    public double PerSecond => Operations / Seconds;

    /// <summary>How much of its processor the load generator used.</summary>
    public double? LoadBusy => LoadSeconds / Seconds;

    /// <summary>
    /// The load generator had no time left, so that it may have been measured and not the contestant, whose own processor time does
    /// not tell: one that looks for more before it sleeps has none left either. The load always sleeps when it waits.
    /// </summary>
    public bool IsLoadBound => LoadBusy > Full;

    /// <summary>Measures work of this process, which returns how many operations it did.</summary>
    public static async Task<Slice> OfAsync(Func<Task<long>> work)
    {
        // Allocates this method's state here, where a slice of no length might be over before it is awaited and allocate none.
        await Task.Yield();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        long operations = await work();
        return new Slice(
            operations,
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
