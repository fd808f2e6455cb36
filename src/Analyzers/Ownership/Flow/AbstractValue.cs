using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

internal enum AtomKind
{
    /// <summary>A way to the bytes of one buffer: the lease, or a span, memory, reference or writer derived from it.</summary>
    Buffer,

    /// <summary>A way to bytes nobody here knows the origin of.</summary>
    UnknownBuffer,

    /// <summary>The task of a send or receive: awaited, it gives a receipt, or ends the hold where there is none.</summary>
    SendTask,

    /// <summary>The receipt of a send.</summary>
    Receipt,

    /// <summary>The receipt or task of one of so many sends that none of them is followed.</summary>
    AnySend,

    /// <summary>The task that completes when the kernel has given the buffer back.</summary>
    RecycledTask,

    /// <summary>A boolean that, when it equals <see cref="Atom.Polarity"/>, says the send is over or never was.</summary>
    EndsSend,

    /// <summary>A boolean that, when it equals <see cref="Atom.Polarity"/>, says no send of the buffer is in flight.</summary>
    FreesBuffer,

    /// <summary>A boolean that, when it equals <see cref="Atom.Polarity"/>, says that there is no buffer.</summary>
    MissesBuffer,

    /// <summary>The number of bytes in a buffer; none are no buffer.</summary>
    Length,

    /// <summary>A position in the bytes of a pipe: the range is that of the bytes that certainly come before it.</summary>
    Position,

    /// <summary>The task of a call that hands out a lease.</summary>
    RentTask,

    /// <summary>A ValueTask, which can be awaited once.</summary>
    OneTime,
}

/// <summary>One thing a value may stand for. A buffer is named by the operation or parameter it came from.</summary>
internal readonly record struct Atom
{
    private Atom(AtomKind kind, Site? site, ByteRange range = default, bool polarity = false)
    {
        Kind = kind;
        Site = site;
        Range = range;
        Polarity = polarity;
    }

    public AtomKind Kind { get; }
    public Site? Site { get; }
    public ByteRange Range { get; }
    public bool Polarity { get; }

    public HoldSite Send => (HoldSite)Site!;
    public bool IsBuffer => Kind is AtomKind.Buffer;
    public bool IsSend => Kind is AtomKind.SendTask or AtomKind.Receipt or AtomKind.RecycledTask;
    public bool IsOfSend => IsSend || Kind is AtomKind.EndsSend;

    public static Atom UnknownBuffer => new(AtomKind.UnknownBuffer, null);
    public static Atom AnySend => new(AtomKind.AnySend, null);
    public static Atom Buffer(Site site, ByteRange range) => new(AtomKind.Buffer, site, range);
    public static Atom OfSend(AtomKind kind, HoldSite send) => new(kind, send);
    public static Atom EndsSend(HoldSite send, bool when) => new(AtomKind.EndsSend, send, polarity: when);
    public static Atom FreesBuffer(Site site, bool when) => new(AtomKind.FreesBuffer, site, polarity: when);
    public static Atom MissesBuffer(Site site, bool when) => new(AtomKind.MissesBuffer, site, polarity: when);
    public static Atom Position(Site site, ByteRange before) => new(AtomKind.Position, site, before);
    public static Atom Length(Site site) => new(AtomKind.Length, site);
    public static Atom RentTask(Site site) => new(AtomKind.RentTask, site);
    public static Atom OneTime(Site site) => new(AtomKind.OneTime, site, ByteRange.Whole);

    /// <summary>True for a boolean that tells something.</summary>
    public bool IsTest => Kind is AtomKind.EndsSend or AtomKind.FreesBuffer or AtomKind.MissesBuffer;

    /// <summary>The same thing of another send.</summary>
    public Atom Of(HoldSite send) => new(Kind, send, Range, Polarity);

    public Atom Negated() => IsTest ? new Atom(Kind, Site, Range, !Polarity) : this;
}

/// <summary>
/// What an expression may evaluate to: a set of atoms, and for tuples, arrays and collections also what their elements hold.
/// An empty value is one this analysis has no interest in.
/// </summary>
internal sealed class AbstractValue : IEquatable<AbstractValue>
{
    /// <summary>
    /// A variable that may hold what so many sends gave is used for all of them, and to await it is to await any. More would make a long
    /// method cost all pairs of its sends.
    /// </summary>
    private const int MostSends = 16;

    /// <summary>The key of elements whose position is not known.</summary>
    public const int AnyElement = -1;

    public static readonly AbstractValue Empty =
        new([], ImmutableDictionary<int, AbstractValue>.Empty);

    private ImmutableArray<Atom> _all;

    private AbstractValue(ImmutableArray<Atom> atoms, ImmutableDictionary<int, AbstractValue> elements)
    {
        Atoms = atoms;
        Elements = elements;
    }

    /// <summary>Each once, mostly one or two.</summary>
    public ImmutableArray<Atom> Atoms { get; }
    public ImmutableDictionary<int, AbstractValue> Elements { get; }
    public bool IsEmpty => Atoms.IsEmpty && Elements.IsEmpty;

    public static AbstractValue Of(Atom atom) => new([atom], Empty.Elements);

    public static AbstractValue Of(IEnumerable<Atom> atoms) => Of(atoms.Distinct().ToImmutableArray());

    /// <summary>It may be of more sends than are followed.</summary>
    public bool IsCrowded
    {
        get
        {
            var (sends, isAny) = (0, false);
            foreach (var atom in Atoms)
            {
                sends += atom.IsSend ? 1 : 0;
                isAny |= atom.Kind == AtomKind.AnySend;
            }

            return sends > MostSends || (isAny && sends > 0);
        }
    }

    /// <summary>The value with one name for all the sends it may be of.</summary>
    public AbstractValue WithAnySend() => Map(atom => atom.IsSend ? Atom.AnySend : atom);

    /// <summary>Every atom, those held by elements included.</summary>
    public ImmutableArray<Atom> AllAtoms => Elements.IsEmpty ? Atoms
        : _all.IsDefault ? _all = [.. Atoms, .. Elements.Values.SelectMany(element => element.AllAtoms)]
        : _all;

    /// <summary>The buffer the value leads to, when it is one and the value nothing else.</summary>
    public Site? OnlyBuffer()
    {
        Site? buffer = null;
        foreach (var atom in Atoms)
        {
            if (!atom.IsBuffer || !Elements.IsEmpty || (buffer is not null && !ReferenceEquals(buffer, atom.Site)))
            {
                return null;
            }

            buffer = atom.Site;
        }

        return buffer;
    }

    public AbstractValue Element(int index) => Elements.TryGetValue(index, out var value) ? value : Empty;

    public AbstractValue WithElement(int index, AbstractValue value) =>
        new(Atoms, value.IsEmpty ? Elements.Remove(index) : Elements.SetItem(index, value));

    /// <summary>The value after one more thing was put into it at a position nobody knows.</summary>
    public AbstractValue WithAddition(AbstractValue value)
    {
        var all = Elements.Values.Aggregate(value, (sum, element) => sum.Union(element));
        return all.IsEmpty ? this : new AbstractValue(Atoms, Empty.Elements.Add(AnyElement, all));
    }

    public AbstractValue Union(AbstractValue other)
    {
        if (other.IsEmpty || ReferenceEquals(this, other))
        {
            return this;
        }

        if (IsEmpty)
        {
            return other;
        }

        var atoms = Atoms == other.Atoms ? Atoms : Join(Atoms, other.Atoms);
        var elements = Elements;
        foreach (var pair in other.Elements)
        {
            elements = elements.SetItem(pair.Key, Element(pair.Key).Union(pair.Value));
        }

        return atoms.Length == Atoms.Length && ReferenceEquals(elements, Elements) ? this : new AbstractValue(atoms, elements);
    }

    /// <summary>What some of the atoms of the value itself, not its elements, give: null for one that gives nothing.</summary>
    public AbstractValue Choose(Func<Atom, Atom?> choose)
    {
        var chosen = ImmutableArray<Atom>.Empty;
        foreach (var atom in Atoms)
        {
            chosen = choose(atom) is { } given && !chosen.Contains(given) ? chosen.Add(given) : chosen;
        }

        return Of(chosen);
    }

    /// <summary>Replaces atoms; a replacement of null drops the atom.</summary>
    public AbstractValue Map(Func<Atom, Atom?> replace)
    {
        var atoms = Atoms;
        foreach (var atom in Atoms)
        {
            var replacement = replace(atom);
            if (replacement != atom)
            {
                atoms = atoms.Remove(atom);
                atoms = replacement is { } kept && !atoms.Contains(kept) ? atoms.Add(kept) : atoms;
            }
        }

        var elements = Elements;
        foreach (var pair in Elements)
        {
            elements = elements.SetItem(pair.Key, pair.Value.Map(replace));
        }

        return atoms == Atoms && ReferenceEquals(elements, Elements) ? this
            : atoms.IsEmpty && elements.IsEmpty ? Empty
            : new AbstractValue(atoms, elements);
    }

    public bool Equals(AbstractValue? other) =>
        other is not null
        && (ReferenceEquals(this, other)
            || (Atoms.Length == other.Atoms.Length
                && (Atoms == other.Atoms || new HashSet<Atom>(Atoms).SetEquals(other.Atoms))
                && Elements.Count == other.Elements.Count
                && Elements.All(pair => other.Elements.TryGetValue(pair.Key, out var value) && value.Equals(pair.Value))));

    public override bool Equals(object? obj) => Equals(obj as AbstractValue);

    public override int GetHashCode() => Atoms.Length;

    private static AbstractValue Of(ImmutableArray<Atom> atoms) => atoms.IsEmpty ? Empty : new AbstractValue(atoms, Empty.Elements);

    private static ImmutableArray<Atom> Join(ImmutableArray<Atom> left, ImmutableArray<Atom> right)
    {
        if (right.Length == 1)
        {
            return left.Contains(right[0]) ? left : left.Add(right[0]);
        }

        var known = new HashSet<Atom>(left);
        return left.AddRange(right.Where(known.Add));
    }
}
