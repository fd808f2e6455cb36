using System.Runtime.InteropServices;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Processor time of another process, in nanoseconds; /proc counts in ticks of 10 ms, too coarse for a slice.</summary>
internal static partial class ProcessorClock
{
    /// <summary>Seconds of processor time the process has used.</summary>
    public static double SecondsOf(int processId)
    {
        // The clock of a process, as clock_getcpuclockid(3) makes it: the complement of its number, and 2 for "scheduler time".
        int clock = (~processId << 3) | 2;
        return GetTime(clock, out Timespec time) == 0
            ? time.Seconds + (time.Nanoseconds / 1e9)
            : throw new InvalidOperationException($"Process {processId} has ended.");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
