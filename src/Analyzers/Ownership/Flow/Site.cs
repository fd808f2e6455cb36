namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// Something that values lead to, named by where it comes from: a buffer, a task, a slice. Two sites are the same only if they are
/// the same object.
/// </summary>
internal class Site(int index, object origin)
{
    /// <summary>Variables that have led here at some time. Most do so no more; what is not among them never did.</summary>
    private readonly HashSet<Slot> _slots = [];

    /// <summary>The sites this one may be, and those that may be this one, besides itself.</summary>
    private HashSet<Site>? _others;

    /// <summary>Its number among those of the function.</summary>
    public int Index { get; } = index;

    /// <summary>The operation or parameter it comes from.</summary>
    public object Origin { get; } = origin;

    public IReadOnlyCollection<Slot> Slots => _slots;

    /// <summary>The site, and every one that may be the same.</summary>
    public IEnumerable<Site> AllThatMayBeThis => _others is null ? [this] : _others.Prepend(this);

    public bool MayBe(Site other) => ReferenceEquals(this, other) || (_others?.Contains(other) ?? false);

    public void IsLedToBy(Slot slot) => _slots.Add(slot);

    protected void Includes(Site part)
    {
        (_others ??= []).Add(part);
        (part._others ??= []).Add(this);
    }
}
