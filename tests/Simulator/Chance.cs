namespace ZeroCopySockets.Simulator;

/// <summary>Every draw of a run comes from here, so that a seed says all.</summary>
internal sealed class Chance(int seed)
{
    // With a seed, System.Random keeps its sequence across versions of .NET.
    private readonly Random _random = new(seed);

    public bool Happens(double probability) => probability > 0 && _random.NextDouble() < probability;

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    /// <summary>A number whose magnitude is drawn first, so that 1 is as likely as the thousands together.</summary>
    public int Skewed(int most)
    {
        int bits = _random.Next(1, 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)most) + 1);
        return Math.Min(most, 1 + _random.Next(1 << bits));
    }

    /// <summary>Off in half of all seeds, otherwise rare, now and then, or often: the swarm in swarm testing.</summary>
    public double Swarm() => Pick<double>([0, 0, 0, 0.02, 0.1, 0.3]);
}
