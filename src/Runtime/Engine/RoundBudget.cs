namespace ZeroCopySockets.Engine;

/// <summary>What code on a loop may send there and then between two rounds of the loop, which has more to do: about a millisecond's work.</summary>
internal sealed class RoundBudget
{
    private const int MostSends = 256;
    private const int MostLongBytes = 4 * 1024 * 1024;

    private int _sends;
    private int _longBytes;

    /// <summary>The loop had its turn.</summary>
    public void OnRound() => _sends = _longBytes = 0;

    /// <summary>For a send whose bytes do not count.</summary>
    public bool TryTakeSend()
    {
        if (_sends >= MostSends)
        {
            return false;
        }

        _sends++;
        return true;
    }

    /// <summary>For a copy of <see cref="SendRhythm.LongCopy"/> or more.</summary>
    public bool TryTakeLong(int bytes)
    {
        if (_longBytes >= MostLongBytes)
        {
            return false;
        }

        _longBytes += bytes;
        return true;
    }
}
