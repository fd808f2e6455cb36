namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// The values an integer, boolean or null test may have: an interval, less at most one value. Booleans are 0 and 1,
/// a reference is 0 when null and 1 when not. Enough to see that two tests of one variable agree.
/// </summary>
internal readonly record struct ValueSet
{
    private ValueSet(long low, long high, long? excluded)
    {
        Low = low;
        High = high;
        Excluded = excluded;
    }

    public long Low { get; }
    public long High { get; }
    public long? Excluded { get; }

    public static ValueSet All => new(long.MinValue, long.MaxValue, null);
    public static ValueSet Truth => new(0, 1, null);
    public bool IsEmpty => Low > High;

    public static ValueSet Of(bool value) => Between(value ? 1 : 0, value ? 1 : 0);
    public static ValueSet Exactly(long value) => Between(value, value);
    public static ValueSet AllBut(long value) => new(long.MinValue, long.MaxValue, value);
    public static ValueSet Between(long low, long high) => new(low, high, null);
    public static ValueSet Below(long value) => value == long.MinValue ? Between(1, 0) : Between(long.MinValue, value - 1);
    public static ValueSet Above(long value) => value == long.MaxValue ? Between(1, 0) : Between(value + 1, long.MaxValue);

    public bool Contains(long value) => value >= Low && value <= High && value != Excluded;

    public ValueSet Intersect(ValueSet other) =>
        Normalized(Math.Max(Low, other.Low), Math.Min(High, other.High), Excluded ?? other.Excluded);

    public ValueSet Union(ValueSet other)
    {
        if (IsEmpty || other.IsEmpty)
        {
            return IsEmpty ? other : this;
        }

        long? excluded = Excluded is { } mine && !other.Contains(mine) ? mine
            : other.Excluded is { } theirs && !Contains(theirs) ? theirs
            : null;
        return Normalized(Math.Min(Low, other.Low), Math.Max(High, other.High), excluded);
    }

    /// <summary>Gives up the bounds that are still moving, so that a counting loop reaches a fixed point.</summary>
    public ValueSet Widen(ValueSet previous) => Normalized(
        Low < previous.Low ? long.MinValue : Low, High > previous.High ? long.MaxValue : High, Excluded);

    /// <summary>The values after adding a constant; unbounded where that might overflow.</summary>
    public ValueSet Shift(long by)
    {
        const long Safe = int.MaxValue;
        var low = Low is >= -Safe and <= Safe ? Low + by : long.MinValue;
        var high = High is >= -Safe and <= Safe ? High + by : long.MaxValue;
        return Between(low, high);
    }

    private static ValueSet Normalized(long low, long high, long? excluded)
    {
        if (low > high)
        {
            return Between(1, 0);
        }

        if (excluded is { } value)
        {
            if (value == low)
            {
                return low == high ? Between(1, 0) : Between(low + 1, high);
            }

            if (value == high)
            {
                return Between(low, high - 1);
            }

            excluded = value < low || value > high ? null : excluded;
        }

        return new ValueSet(low, high, excluded);
    }
}
