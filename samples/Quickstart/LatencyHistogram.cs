using System.Diagnostics;
using System.Numerics;

namespace Quickstart;

/// <summary>Durations counted in buckets that are at most 1/32 wide, from any thread, in bounded memory.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 5;
    private readonly long[] _counts = new long[64 << StepBits];

    public long Count => _counts.Sum();

    public void Add(long stopwatchTicks) => Interlocked.Increment(ref _counts[Bucket((ulong)Math.Max(stopwatchTicks, 1))]);

    /// <summary>The duration that a fraction of all stays below, in microseconds; null when there are none.</summary>
    public double? QuantileMicroseconds(double fraction)
    {
        long left = (long)Math.Ceiling(Count * fraction);
        for (int bucket = 0; left > 0 && bucket < _counts.Length; bucket++)
        {
            left -= _counts[bucket];
            if (left <= 0)
            {
                return UpperEnd(bucket) * 1e6 / Stopwatch.Frequency;
            }
        }

        return null;
    }

    /// <summary>The power of two below the value, and the next five bits after its leading one.</summary>
    private static int Bucket(ulong ticks)
    {
        int power = BitOperations.Log2(ticks);
        ulong steps = power >= StepBits ? ticks >> (power - StepBits) : ticks << (StepBits - power);
        return (power << StepBits) + (int)(steps & ((1 << StepBits) - 1));
    }

    private static double UpperEnd(int bucket) =>
        Math.ScaleB((1 << StepBits) + (bucket & ((1 << StepBits) - 1)) + 1, (bucket >> StepBits) - StepBits);
}
