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

    /// <summary>The fact about a variable; those the compiler adds have no name.</summary>
    public static FactKey Of(ISymbol variable) => new(variable, variable.Name ?? "", [variable], isStable: true);

    public bool Reads(ISymbol variable) => Roots.Contains(variable, SymbolEqualityComparer.Default);

    public bool ReadsAny(HashSet<ISymbol> variables) => Roots.Any(variables.Contains);

    public bool Equals(FactKey? other) =>
        other is not null && Text == other.Text && SymbolEqualityComparer.Default.Equals(Symbol, other.Symbol);

    public override bool Equals(object? obj) => Equals(obj as FactKey);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    private ISymbol? Symbol { get; } = symbol;
    private string Text { get; } = text;
    private ImmutableArray<ISymbol> Roots { get; } = roots;
}

/// <summary>The facts under which a send happened, when paths with and without it have met. The empty guard always holds.</summary>
internal sealed class Guard : IEquatable<Guard>
{
    public static readonly Guard Always = new(ImmutableDictionary<FactKey, ValueSet>.Empty);

    private readonly ImmutableDictionary<FactKey, ValueSet> _facts;

    private Guard(ImmutableDictionary<FactKey, ValueSet> facts) => _facts = facts;

    /// <summary>Both guards; null when they contradict each other.</summary>
    public Guard? And(ImmutableDictionary<FactKey, ValueSet> facts)
    {
        var all = _facts;
        foreach (var pair in facts)
        {
            var both = all.TryGetValue(pair.Key, out var own) ? own.Intersect(pair.Value) : pair.Value;
            if (both.IsEmpty)
            {
                return null;
            }

            all = all.SetItem(pair.Key, both);
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
