namespace ZeroCopySockets.Engine;

/// <summary>
/// How code on the loop sends on one socket: several sends at a time, which are best taken to the kernel together, or each awaited
/// before the next, which then has nothing to wait for and goes at once. It shows when a send begins: the result of the one before
/// it was taken by then, or was not. Only one that waits for the end of the round shows it, so now and then one has to: the result of
/// one that goes at once is there before anybody else can send.
/// </summary>
internal struct SendRhythm
{
    /// <summary>Bytes from which copying takes so much longer than a call that the call is not worth sharing.</summary>
    public const int LongCopy = 16 * 1024;

    private const int LongestRun = 64;

    private SendOperation? _last;
    private int _lastVersion;
    private int _run;
    private int _left;

    /// <summary>Whether the next send goes at once.</summary>
    public bool GoesAtOnce()
    {
        Conclude();
        if (_left == 0)
        {
            return false;
        }

        _left--;
        return true;
    }

    /// <summary>A send does not.</summary>
    public void OnWaiting(SendOperation send) => (_last, _lastVersion) = (send, send.Version);

    private void Conclude()
    {
        if (_last is { } last)
        {
            _last = null;
            _run = last.IsResultTaken(_lastVersion) ? Math.Min(2 * _run + 1, LongestRun) : 0;
            _left = _run;
        }
    }
}
