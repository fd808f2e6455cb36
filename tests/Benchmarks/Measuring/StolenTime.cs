namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Processor time that the host of a virtual machine gave to others although this one wanted it.</summary>
internal static class StolenTime
{
    // proc(5): after the label come user, nice, system, idle, iowait, irq, softirq and steal, in hundredths of a second.
    private const int StealField = 8;

    /// <summary>Hundredths of a second so far, of all processors. 0 where nobody counts them.</summary>
    public static long Now() => File.Exists("/proc/stat")
        ? long.Parse(File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[StealField], System.Globalization.CultureInfo.InvariantCulture)
        : 0;
}
