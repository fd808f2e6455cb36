using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Who has a buffer, or what is owed for it.</summary>
internal enum HoldKind
{
    /// <summary>The kernel reads it, until the send is recycled.</summary>
    Send,

    /// <summary>The kernel fills it, until the receive has completed.</summary>
    Receive,

    /// <summary>Its lease has been disposed: it may be anybody's.</summary>
    Disposed,

    /// <summary>Its lease has been handed to a method that takes it over.</summary>
    HandedOn,

    /// <summary>Nobody else has it, but this method rented it and owes its disposal.</summary>
    Owed,

    /// <summary>Of a ValueTask instead of a buffer: it has been used up.</summary>
    Awaited,
}

/// <summary>What has become of a buffer that a method was handed.</summary>
internal enum BufferEnd
{
    /// <summary>It is as it was.</summary>
    Kept,

    /// <summary>Its lease has ended.</summary>
    Disposed,

    /// <summary>It is in flight, or its lease has ended on some paths.</summary>
    Unclear,
}

/// <summary>One place in the code after which a buffer is held.</summary>
internal sealed class HoldSite(Names names, IOperation operation, HoldKind kind, IOperation subject, bool givesReceipt)
    : Site(names.NextSite(), operation)
{
    private readonly HashSet<Site> _buffers = [];
    private HoldSite? _earlier;

    public IOperation Operation { get; } = operation;

    public HoldKind Kind { get; } = kind;

    /// <summary>What is held, as the code names it.</summary>
    public IOperation Subject { get; } = subject;

    /// <summary>True when the buffer comes back at <c>receipt.Recycled</c>, false when it comes back at the await of the call.</summary>
    public bool GivesReceipt { get; } = givesReceipt;

    /// <summary>
    /// What the same code held in earlier rounds of a loop. It has a name of its own, so that a receipt kept from one of
    /// them recycles that one and not the send just made.
    /// </summary>
    public HoldSite Earlier => _earlier ??= new HoldSite(names, Operation, Kind, Subject, GivesReceipt) { Latest = this };

    /// <summary>The hold whose earlier rounds this stands for; itself if it stands for none.</summary>
    public HoldSite Latest
    {
        get => field ?? this;
        private set;
    }

    /// <summary>What it has held at some time: what is not among it is not held here.</summary>
    public IReadOnlyCollection<Site> Buffers => _buffers;

    public void Holds(Site buffer) => _buffers.Add(buffer);
}

/// <summary>One hold on one buffer.</summary>
internal readonly record struct HoldKey
{
    public HoldKey(HoldSite site, Site buffer, ByteRange range)
    {
        Site = site;
        Buffer = buffer;
        Range = range;
    }

    public HoldSite Site { get; }
    public Site Buffer { get; }
    public ByteRange Range { get; }

    /// <summary>The same of a part nobody knows the place of.</summary>
    public HoldKey Elsewhere() => new(Site, Buffer, ByteRange.Unknown);
}

/// <summary>What is known of a hold that has not ended on at least one path to this point.</summary>
internal sealed class Hold
{
    /// <summary>More alternatives than this say nothing useful: the hold is then no longer certain, so never reported.</summary>
    private const int MaxGuards = 8;

    public static readonly Hold New = new(isCertain: true, isEverywhere: true, isCarried: false, [Guard.Always]);
    public static readonly Hold Uncertain = new(isCertain: false, isEverywhere: false, isCarried: false, [Guard.Always]);

    private Hold? _carried;

    private Hold(bool isCertain, bool isEverywhere, bool isCarried, ImmutableArray<Guard> guards)
    {
        IsCertain = isCertain;
        IsEverywhere = isEverywhere;
        IsCarried = isCarried;
        Guards = guards;
    }

    /// <summary>False where it may not have begun at all: after an exception, or when it is unclear which buffer was meant.</summary>
    public bool IsCertain { get; }

    /// <summary>True when it has begun on every path to here.</summary>
    public bool IsEverywhere { get; }

    /// <summary>True when every path from its beginning to here goes round a loop.</summary>
    public bool IsCarried { get; }

    /// <summary>It began if any of these is true.</summary>
    public ImmutableArray<Guard> Guards { get; }

    public bool IsUnguarded => Guards.Length == 1 && ReferenceEquals(Guards[0], Guard.Always);

    /// <summary>Kept, so that what is alike is mostly the same object.</summary>
    public Hold Carried() => IsCarried ? this : _carried ??= new Hold(IsCertain, IsEverywhere, isCarried: true, Guards);

    public Hold Doubted() => IsCertain ? new Hold(isCertain: false, isEverywhere: false, IsCarried, Guards) : this;

    /// <summary>The hold on a path where the values are known; null when it did not happen there.</summary>
    public Hold? Given(FactKey key, ValueSet values)
    {
        if (IsUnguarded)
        {
            return this;
        }

        var kept = Guards.RemoveAll(guard => guard.Contradicts(key, values));
        return kept.Length == Guards.Length ? this : kept.IsEmpty ? null : new Hold(IsCertain, IsEverywhere, IsCarried, kept);
    }

    public Hold Forget(Func<FactKey, bool> isGone)
    {
        if (IsUnguarded || Guards.All(guard => ReferenceEquals(guard.Without(isGone), guard)))
        {
            return this;
        }

        var guards = ImmutableArray<Guard>.Empty;
        foreach (var guard in Guards)
        {
            guards = Include(guards, guard.Without(isGone));
        }

        return new Hold(IsCertain, IsEverywhere, IsCarried, guards);
    }

    /// <summary>
    /// Two paths meet. The facts are what each path knew and the meeting point no longer does; a hold that is not the
    /// same on both keeps them as its guard, so that a later test of the same variable tells the paths apart again.
    /// </summary>
    public static Hold? Join(
        Hold? left, IReadOnlyList<Fact> lostLeft, Hold? right, IReadOnlyList<Fact> lostRight)
    {
        if (left is not null && right is not null && left.IsLike(right))
        {
            return left;
        }

        if (left is null || right is null)
        {
            var (only, lost) = left is null ? (right, lostRight) : (left, lostLeft);
            if (only is null or { IsEverywhere: false } && lost.Count == 0)
            {
                return only;
            }
        }

        var guards = ImmutableArray<Guard>.Empty;
        guards = AddGuards(guards, left, right, lostLeft);
        guards = AddGuards(guards, right, left, lostRight);
        if (guards.IsEmpty)
        {
            return null;
        }

        var certain = (left?.IsCertain ?? false) || (right?.IsCertain ?? false);
        var carried = (left?.IsCarried ?? true) && (right?.IsCarried ?? true);
        var everywhere = left is { IsEverywhere: true } && right is { IsEverywhere: true };
        return guards.Length > MaxGuards ? new Hold(false, false, carried, [Guard.Always]) : new Hold(certain, everywhere, carried, guards);
    }

    /// <summary>True when the two say the same.</summary>
    public bool IsLike(Hold? other) =>
        other is not null
        && (ReferenceEquals(this, other)
            || (IsCertain == other.IsCertain && IsEverywhere == other.IsEverywhere && IsCarried == other.IsCarried && Guards.Length == other.Guards.Length
                && Guards.All(guard => other.Guards.Contains(guard))));

    private static ImmutableArray<Guard> AddGuards(
        ImmutableArray<Guard> guards, Hold? hold, Hold? other, IReadOnlyList<Fact> lost)
    {
        if (hold is null)
        {
            return guards;
        }

        foreach (var guard in hold.Guards)
        {
            var narrowed = other is not null && other.Guards.Contains(guard) ? guard : guard.And(lost);
            guards = narrowed is null ? guards : Include(guards, narrowed);
        }

        return guards;
    }

    private static ImmutableArray<Guard> Include(ImmutableArray<Guard> guards, Guard guard) =>
        guards.Any(existing => existing.Covers(guard)) ? guards : guards.RemoveAll(guard.Covers).Add(guard);
}
