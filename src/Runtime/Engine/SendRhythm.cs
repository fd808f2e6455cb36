namespace ZeroCopySockets.Engine;

/// <summary>
/// How code on one loop sends: several sends at a time, which are best taken to the kernel together, or each awaited before the
/// next, which then has nothing to wait for and goes at once. It shows when a send begins: the result of the one before it was
/// taken by then, or was not. Only one that is an operation shows it, so now and then one has to be.
/// </summary>
internal sealed class SendRhythm(ZeroCopyLoop loop)
{
    /// <summary>Sends that go at once between two rounds of the loop, which has more to do.</summary>
    private const int MostPerRound = 64;

    private const int LongestRun = 64;

    /// <summary>Bytes from which copying takes so much longer than a call that the call is not worth sharing.</summary>
    public const int LongCopy = 16 * 1024;

    /// <summary>Bytes of long copies between two rounds of the loop: about a millisecond's work.</summary>
    private const int MostLongBytesPerRound = 4 * 1024 * 1024;

    private SendOperation? _last;
    private int _lastVersion;
    private bool _isOpen;
    private int _run;
    private int _left;
    private int _thisRound;
    private int _longBytes;

    // Other code waits for its turn on the loop: what that sends may travel along.
    private bool MayGoAtOnce => _thisRound < MostPerRound && !loop.HasLocalWork;

    /// <summary>The loop had its turn.</summary>
    public void OnRound() => _thisRound = _longBytes = 0;

    /// <summary>Whether a send that is copied should be tried on this thread, without an operation.</summary>
    public bool TryGoDirectly(int length, bool isStream)
    {
        Conclude();
        if (isStream && length >= LongCopy)
        {
            return TryGoLong(length);
        }

        if (_left == 0 || !MayGoAtOnce)
        {
            return false;
        }

        _left--;
        _thisRound++;
        return true;
    }

    /// <summary>Whether a copied send that had to wait for its turn should be tried on this thread, without the ring.</summary>
    public bool TryGoDirectly(SendOperation send) =>
        !send.IsZeroCopy && send.Remaining >= LongCopy && send.Core!.IsStream && !send.CancelRequested && TryGoLong(send.Remaining);

    /// <summary>An operation sets out. Whether to take it to the kernel at once.</summary>
    public bool GoesAtOnce(SendOperation send)
    {
        Conclude();
        (_last, _lastVersion, _isOpen) = (send, send.Version, true);
        if (_run == 0 || !MayGoAtOnce)
        {
            return false;
        }

        _thisRound++;
        return true;
    }

    // Copied now, what its sender has just written is in the cache still.
    private bool TryGoLong(int length)
    {
        if (_longBytes >= MostLongBytesPerRound)
        {
            return false;
        }

        _longBytes += length;
        return true;
    }

    private void Conclude()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _run = _last!.IsResultTaken(_lastVersion) ? Math.Min(2 * _run + 1, LongestRun) : 0;
            _left = _run;
        }
    }
}
