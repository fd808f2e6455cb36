using Microsoft.CodeAnalysis;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>Gathers what breaks the rules in one body and reports each once, whatever number of paths lead to it.</summary>
internal sealed class Findings : IFlowObserver
{
    private readonly Dictionary<(SyntaxNode, UseKind), Conflict> _conflicts = [];
    private readonly HashSet<HoldSite> _owed = [];

    public void OnConflict(IOperation use, UseKind kind, IReadOnlyCollection<KeyValuePair<HoldKey, Hold>> holds)
    {
        if (!_conflicts.TryGetValue((use.Syntax, kind), out var conflict))
        {
            conflict = new Conflict(use, kind);
            _conflicts.Add((use.Syntax, kind), conflict);
        }

        foreach (var pair in holds)
        {
            var site = pair.Key.Site.Latest;
            conflict.Holds[site] = pair.Value.IsCarried && (!conflict.Holds.TryGetValue(site, out var known) || known);
        }
    }

    public void OnUsed(AbstractValue target, UseKind kind)
    {
    }

    public void OnEscaped(AbstractValue value)
    {
    }

    public void OnReturning(FlowState state, AbstractValue result)
    {
    }

    public void OnLeft(FlowState state) =>
        _owed.UnionWith(state.CertainHolds(BufferHolds.Owed, key => key.Site.Kind == HoldKind.Owed).Select(pair => pair.Key.Site));

    public void Report(Action<Diagnostic> report)
    {
        var all = _conflicts.Values.Select(Wording.Of).Concat(_owed.Select(Wording.OfOwed));
        foreach (var diagnostic in all.OrderBy(d => d.Location.SourceSpan.Start).ThenBy(d => d.Id, StringComparer.Ordinal))
        {
            report(diagnostic);
        }
    }
}

/// <summary>A use, and what forbids it: each hold with whether it comes only from an earlier round of a loop.</summary>
internal sealed class Conflict(IOperation use, UseKind kind)
{
    public IOperation Use { get; } = use;

    public UseKind Kind { get; } = kind;

    public Dictionary<HoldSite, bool> Holds { get; } = [];
}
