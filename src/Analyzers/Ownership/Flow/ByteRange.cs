namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// The part of a buffer a value stands for. Starts are counted from <see cref="Origin"/>: the buffer's first byte when
/// null, otherwise the slice whose own start is not a constant. Only ranges of one origin compare.
/// </summary>
internal readonly record struct ByteRange
{
    private const long ToEnd = -1;
    private const long UnknownLength = -2;
    private const long UnknownStart = -1;

    private ByteRange(Site? origin, long start, long length)
    {
        Origin = origin;
        _start = start;
        _length = length;
    }

    private readonly long _start;
    private readonly long _length;

    public static ByteRange Whole => new(null, 0, ToEnd);

    /// <summary>Somewhere in the buffer: certain to overlap only with the whole of it.</summary>
    public static ByteRange Unknown => new(null, UnknownStart, UnknownLength);

    public Site? Origin { get; }

    public bool IsWhole => Origin is null && _start == 0 && _length == ToEnd;

    /// <summary>The range of a slice of this one; <paramref name="site"/> identifies a start that is not constant.</summary>
    public ByteRange Slice(long? start, long? length, bool reachesEnd, Site site)
    {
        if (start is not { } from)
        {
            return new ByteRange(site, 0, length ?? UnknownLength);
        }

        if (_start == UnknownStart)
        {
            return Unknown;
        }

        var inherited = _length >= 0 ? Math.Max(0, _length - from) : _length;
        return new ByteRange(Origin, _start + from, reachesEnd ? inherited : length ?? UnknownLength);
    }

    /// <summary>What comes before the range in what it is counted from; null where that is nothing, or not known.</summary>
    public ByteRange? Before => _start > 0 ? new ByteRange(Origin, 0, _start) : null;

    /// <summary>One element; without a constant index it may be any.</summary>
    public ByteRange Element(long? index) =>
        index is { } at && _start != UnknownStart ? new ByteRange(Origin, _start + at, 1) : Unknown;

    /// <summary>True only when the two are certain to share a byte.</summary>
    public bool CertainlyOverlaps(ByteRange other)
    {
        if (_length == 0 || other._length == 0)
        {
            return false;
        }

        if (IsWhole || other.IsWhole)
        {
            return true;
        }

        if (_start == UnknownStart || other._start == UnknownStart || !ReferenceEquals(Origin, other.Origin))
        {
            return false;
        }

        var (first, second) = _start <= other._start ? (this, other) : (other, this);
        return first._start == second._start
            || first._length == ToEnd
            || (first._length > 0 && first._start + first._length > second._start);
    }
}
