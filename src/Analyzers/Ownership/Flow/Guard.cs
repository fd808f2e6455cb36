using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// What a fact is about: a local or parameter, or a condition known by its text together with the variables it reads.
/// </summary>
internal sealed class FactKey(ISymbol? symbol, string text, ImmutableArray<ISymbol> roots, bool isStable) : IEquatable<FactKey>
{
    /// <summary>
    /// False when the condition reads a field or property, which may change behind our back: its last outcome still
    /// correlates two tests, but never proves that a path cannot be taken.
    /// </summary>
    public bool IsStable { get; } = isStable;

    public bool Reads(ISymbol variable) => Roots.Contains(variable, SymbolEqualityComparer.Default);

    public bool ReadsAny(HashSet<ISymbol> variables) => Roots.Any(variables.Contains);

    /// <summary>Its number among those of the function.</summary>
    public int Index { get; set; }

    /// <summary>The variables it is about.</summary>
    public ImmutableArray<ISymbol> Roots { get; } = roots;

    public bool Equals(FactKey? other) =>
        other is not null && Text == other.Text && SymbolEqualityComparer.Default.Equals(Symbol, other.Symbol);

    public override bool Equals(object? obj) => Equals(obj as FactKey);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    private ISymbol? Symbol { get; } = symbol;
    private string Text { get; } = text;
}

/// <summary>What is known of something: the values it may have.</summary>
internal sealed class Fact(FactKey key, ValueSet values) : IMarked
{
    /// <summary>It may change behind our back.</summary>
    public const int Unstable = 1;

    public FactKey Key { get; } = key;

    public ValueSet Values { get; } = values;

    public int Marks => Key.IsStable ? 0 : Unstable;
}

/// <summary>The facts under which a send happened, when paths with and without it have met. The empty guard always holds.</summary>
internal sealed class Guard : IEquatable<Guard>
{
    public static readonly Guard Always = new(ImmutableDictionary<FactKey, ValueSet>.Empty);

    private readonly ImmutableDictionary<FactKey, ValueSet> _facts;

    private Guard(ImmutableDictionary<FactKey, ValueSet> facts) => _facts = facts;

    /// <summary>Both guards; null when they contradict each other.</summary>
    public Guard? And(IReadOnlyList<Fact> facts)
    {
        var all = _facts;
        foreach (var fact in facts)
        {
            var both = all.TryGetValue(fact.Key, out var own) ? own.Intersect(fact.Values) : fact.Values;
            if (both.IsEmpty)
            {
                return null;
            }

            all = all.SetItem(fact.Key, both);
        }

        return ReferenceEquals(all, _facts) ? this : new Guard(all);
    }

    public bool Contradicts(FactKey key, ValueSet values) =>
        _facts.TryGetValue(key, out var own) && own.Intersect(values).IsEmpty;

    /// <summary>The guard once what these facts are about has changed: what it said of the old value no longer tells anything.</summary>
    public Guard Without(Func<FactKey, bool> isGone)
    {
        var kept = _facts.IsEmpty ? _facts : _facts.RemoveRange(_facts.Keys.Where(isGone));
        return ReferenceEquals(kept, _facts) ? this : kept.IsEmpty ? Always : new Guard(kept);
    }

    /// <summary>True when whatever satisfies the other guard satisfies this one.</summary>
    public bool Covers(Guard other) => _facts.All(pair =>
        other._facts.TryGetValue(pair.Key, out var theirs) && theirs.Intersect(pair.Value) == theirs);

    public bool Equals(Guard? other) =>
        other is not null && _facts.Count == other._facts.Count && _facts.All(pair =>
            other._facts.TryGetValue(pair.Key, out var theirs) && theirs == pair.Value);

    public override bool Equals(object? obj) => Equals(obj as Guard);

    public override int GetHashCode() => _facts.Count;
}
