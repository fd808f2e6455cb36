namespace ZeroCopySockets.Engine;

/// <summary>
/// Something that costs little and pays only sometimes: done every time while it does, and ever more rarely, down to once in
/// 256 times, while it does not.
/// </summary>
internal struct Attempts
{
    private const int MostLeftOut = 255;

    private int _leftOut;
    private int _toLeaveOut;

    /// <summary>Whether to do it this time. If so, <see cref="End"/> follows.</summary>
    public bool TryBegin()
    {
        if (_toLeaveOut > 0)
        {
            _toLeaveOut--;
            return false;
        }

        return true;
    }

    /// <summary>It was done.</summary>
    public void End(bool paid)
    {
        _leftOut = paid ? 0 : Math.Min((2 * _leftOut) + 1, MostLeftOut);
        _toLeaveOut = _leftOut;
    }
}
