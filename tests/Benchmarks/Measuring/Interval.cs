namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>A median, and between which values the true one lies in 95 of 100 measurements; fewer than six values cannot tell that.</summary>
internal readonly record struct Interval(double Low, double Median, double High)
{
    /// <summary>How far the true value may be from the median, either way.</summary>
    public double Reach => Math.Max(High - Median, Median - Low);

    /// <summary>By ranks, which assumes nothing about how the values are spread: the rank of the median is binomial.</summary>
    public static Interval Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        double reach = 0.98 * Math.Sqrt(sorted.Length);
        double middle = (sorted.Length - 1) / 2.0;
        return new Interval(
            sorted[Math.Max(0, (int)Math.Floor(middle - reach))],
            (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2,
            sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(middle + reach))]);
    }
}
