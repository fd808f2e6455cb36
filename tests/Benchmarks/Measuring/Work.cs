namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Something to be done, and the ways to do it.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="BytesPerOperation">User bytes one operation moves.</param>
/// <param name="Slice">How long a turn should be: many times what starting and ending it takes, and no longer.</param>
/// <param name="Contestants">Opens them, by name; one that this machine cannot run throws a <see cref="NotHereException"/>.</param>
internal sealed record Work(string Name, int BytesPerOperation, TimeSpan Slice, IReadOnlyList<Func<Task<Contestant>>> Contestants)
{
    /// <summary>Operations of ours that one call makes, which must allocate nothing however many they are.</summary>
    public int OperationsPerCall { get; init; } = 1;

    /// <summary>Whether an operation makes an object for the user to have: a connection, say.</summary>
    public bool MakesObjects { get; init; }
}

/// <summary>How long to take over each work.</summary>
/// <param name="Seconds">For each contestant, in turns.</param>
/// <param name="LongestSlice">The longest turn.</param>
internal sealed record Pace(double Seconds, TimeSpan LongestSlice)
{
    private const int FewestRounds = 3;

    /// <summary>So many seconds in turns of the length that suits the work.</summary>
    public Pace(double seconds) : this(seconds, TimeSpan.MaxValue)
    {
    }

    public (TimeSpan Slice, int Rounds) For(Work work)
    {
        TimeSpan slice = work.Slice < LongestSlice ? work.Slice : LongestSlice;
        return (slice, Math.Max(FewestRounds, (int)(Seconds / slice.TotalSeconds)));
    }
}
