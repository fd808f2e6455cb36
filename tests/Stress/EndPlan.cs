namespace ZeroCopySockets.Stress;

/// <summary>How one end of a connection ends.</summary>
internal enum Ending
{
    /// <summary>Sends everything, ends its side, reads to the end of the other's.</summary>
    Orderly,

    /// <summary>Ends its side at once and keeps reading.</summary>
    HalfCloseFirst,

    /// <summary>Resets the connection at some moment, whatever is under way.</summary>
    Reset,

    /// <summary>Disposes the socket at some moment, whatever is under way.</summary>
    Dispose,
}

/// <summary>What one end of one connection does; drawn from the seed.</summary>
internal sealed record EndPlan(int Seed, int Frames, Ending Ending, int EndAfterMs, int StallMs, bool Cancels, ZeroCopyPolicy Policy)
{
    /// <summary>In bytes, with its header.</summary>
    public const int LargestFrame = 256 * 1024;

    /// <summary>Nothing this end does may disturb the other.</summary>
    public bool IsPeaceful => Ending is Ending.Orderly or Ending.HalfCloseFirst && !Cancels;

    public static EndPlan Draw(Random random)
    {
        int kind = random.Next(100);
        Ending ending = kind switch
        {
            < 50 => Ending.Orderly,
            < 65 => Ending.HalfCloseFirst,
            < 85 => Ending.Reset,
            _ => Ending.Dispose,
        };
        return new EndPlan(
            random.Next(),
            Frames: ending == Ending.HalfCloseFirst ? 0 : random.Next(1, 60),
            ending,
            EndAfterMs: random.Next(0, 300),
            StallMs: random.Next(4) == 0 ? random.Next(20, 1000) : 0,
            Cancels: random.Next(3) == 0,
            Policy: (ZeroCopyPolicy)random.Next(3));
    }
}
