using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>What a method does to a lease it is handed.</summary>
internal enum LeaseEffect
{
    /// <summary>It may keep it, dispose it or wait for its sends.</summary>
    Unknown,

    /// <summary>Nothing to its bytes.</summary>
    None,

    /// <summary>It has read from it, and no more, when it returns.</summary>
    Reads,

    /// <summary>It has written to it, and no more, when it returns.</summary>
    Writes,

    /// <summary>It disposes it, now or later, on every path.</summary>
    Takes,
}

/// <summary>
/// Summaries of the methods of this compilation that carry no attribute: found by running the same analysis over their bodies,
/// on demand and once. A method that may be overridden, that recurs, or whose body is elsewhere is unknown.
/// </summary>
internal sealed class Callees(Compilation compilation, KnownSymbols known)
{
    /// <summary>Calls within calls beyond this depth are unknown.</summary>
    private const int MaxDepth = 8;

    private static readonly Summary s_unknown = new([], returnsOwnership: false);

    private readonly ConcurrentDictionary<IMethodSymbol, Summary> _summaries = new(SymbolEqualityComparer.Default);
    private int _made;

    /// <summary>Bodies summarised so far, some again.</summary>
    public int Made => Volatile.Read(ref _made);

    public LeaseEffect EffectOf(IMethodSymbol method, int parameter, Inquiry? underway)
    {
        var effects = SummaryOf(method, underway).Effects;
        return parameter < effects.Length ? effects[parameter] : LeaseEffect.Unknown;
    }

    /// <summary>True when every result of the method is a lease it has rented.</summary>
    public bool ReturnsOwnership(IMethodSymbol method, Inquiry? underway) =>
        known.Call(method).GivesLease && SummaryOf(method, underway).ReturnsOwnership;

    private Summary SummaryOf(IMethodSymbol method, Inquiry? underway)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (!IsOneBody(method))
        {
            return s_unknown;
        }

        if (underway is null)
        {
            return _summaries.TryGetValue(method, out var kept) ? kept : _summaries.GetOrAdd(method, Summarize(method, new Inquiry(method)));
        }

        if (underway.Found.TryGetValue(method, out var found))
        {
            return found;
        }

        return underway.Waiting.Contains(method) || underway.Waiting.Count >= MaxDepth
            ? s_unknown
            : underway.Found[method] = Summarize(method, underway.For(method));
    }

    /// <summary>True for a method of which the call certainly runs the one body that is in this compilation.</summary>
    private static bool IsOneBody(IMethodSymbol method) =>
        method.MethodKind == MethodKind.Ordinary && !method.IsAbstract && !method.IsExtern
        && (!(method.IsVirtual || method.IsOverride) || method.IsSealed || method.ContainingType.IsSealed)
        && method.DeclaringSyntaxReferences.Length == 1;

    private Summary Summarize(IMethodSymbol method, Inquiry underway)
    {
        Interlocked.Increment(ref _made);
        var syntax = method.DeclaringSyntaxReferences[0].GetSyntax();
#pragma warning disable RS1030 // The body of a callee is wanted, which is in no context of this block; each is looked at once.
        var body = compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax) as IMethodBodyOperation;
#pragma warning restore RS1030
        if (body is null)
        {
            return s_unknown;
        }

        var graph = ControlFlowGraph.Create(body);
        if (FunctionContext.OperationsOf(graph).Any(operation => operation.Kind is OperationKind.YieldReturn or OperationKind.YieldBreak))
        {
            return s_unknown;
        }

        var shared = new FunctionSurvey(body, known).Shared;
        var function = new FunctionContext(known, graph, method, shared, underway);
        var assigned = FunctionContext.OperationsOf(graph).OfType<IAssignmentOperation>().Select(a => a.Target).OfType<IParameterReferenceOperation>();
        var followed = method.Parameters.Where(p => p.RefKind == RefKind.None && known.Type(p.Type).IsLease);
        var observer = new SummaryObserver(method, function.Names, [.. followed.Except<ISymbol>(shared.Concat(assigned.Select(a => a.Parameter)), SymbolEqualityComparer.Default)]);
        return FlowSolver.Solve(function, observer, CancellationToken.None) ? observer.Summary : s_unknown;
    }

    /// <summary>
    /// The methods whose summaries wait for the one being made, the first of which somebody has asked for: one of them met again is recursion.
    /// What is found on the way may have been cut short by where it began. So it is kept for as long as this lasts, or each call within calls
    /// would have it made again, and only the first for good: what is reported must not depend on what was asked before.
    /// </summary>
    internal sealed class Inquiry
    {
        private Inquiry(ImmutableHashSet<IMethodSymbol> waiting, Dictionary<IMethodSymbol, Summary> found)
        {
            Waiting = waiting;
            Found = found;
        }

        public Inquiry(IMethodSymbol first)
            : this(ImmutableHashSet.Create<IMethodSymbol>(SymbolEqualityComparer.Default, first), new(SymbolEqualityComparer.Default))
        {
        }

        public ImmutableHashSet<IMethodSymbol> Waiting { get; }

        public Dictionary<IMethodSymbol, Summary> Found { get; }

        public Inquiry For(IMethodSymbol method) => new(Waiting.Add(method), Found);
    }

    /// <summary>What a body was seen to do.</summary>
    internal sealed class Summary(ImmutableArray<LeaseEffect> effects, bool returnsOwnership)
    {
        /// <summary>By the ordinal of the parameter.</summary>
        public ImmutableArray<LeaseEffect> Effects { get; } = effects;

        public bool ReturnsOwnership { get; } = returnsOwnership;
    }

    /// <summary>Watches what becomes of the buffers that come in as parameters, and where those come from that are returned.</summary>
    private sealed class SummaryObserver(IMethodSymbol method, Names names, ImmutableArray<ISymbol> followed) : IFlowObserver
    {
        private readonly HashSet<object> _read = [];
        private readonly HashSet<object> _written = [];
        private readonly HashSet<object> _escaped = [];
        private readonly HashSet<object> _disposed = [];
        private readonly HashSet<object> _kept = [];
        private int _exits;
        private int _exitsWithOwned;
        private bool _returnsOwned = true;

        public Summary Summary => new(
            [.. method.Parameters.Select(EffectOn)],
            _returnsOwned && _exits > 0 && _exits == _exitsWithOwned);

        public void OnConflict(IOperation use, UseKind kind, IReadOnlyCollection<KeyValuePair<HoldKey, Hold>> holds)
        {
        }

        public void OnUsed(AbstractValue target, UseKind kind)
        {
            (kind == UseKind.Write ? _written : _read).UnionWith(SitesOf(target));
        }

        public void OnEscaped(AbstractValue value) => _escaped.UnionWith(SitesOf(value));

        public void OnReturning(FlowState state, AbstractValue result)
        {
            _exits++;
            var owned = state.CertainHolds(BufferHolds.Owed, key => key.Site.Kind == HoldKind.Owed)
                .Where(pair => pair.Value.IsEverywhere)
                .Select(pair => pair.Key.Buffer)
                .ToList();
            _exitsWithOwned += result.OnlyBuffer() is { } returned && owned.Contains(returned) ? 1 : 0;
            _escaped.UnionWith(SitesOf(result));
        }

        public void OnLeft(FlowState state)
        {
            // A finally may dispose what is returned.
            _returnsOwned &= !state.Returned.Atoms.Any(atom => state.CertainHolds(atom, kind => kind is HoldKind.Disposed or HoldKind.HandedOn).Any());
            foreach (var parameter in method.Parameters)
            {
                switch (state.EndOf(names.SiteOf(parameter)))
                {
                    case BufferEnd.Disposed:
                        _disposed.Add(parameter);
                        break;
                    case BufferEnd.Kept:
                        _kept.Add(parameter);
                        break;
                    case BufferEnd.Unclear:
                        _escaped.Add(parameter);
                        break;
                }
            }
        }

        private LeaseEffect EffectOn(IParameterSymbol parameter)
        {
            if (_exits == 0 || _escaped.Contains(parameter) || !followed.Contains(parameter, SymbolEqualityComparer.Default))
            {
                return LeaseEffect.Unknown;
            }

            if (_disposed.Contains(parameter))
            {
                return _kept.Contains(parameter) ? LeaseEffect.Unknown : LeaseEffect.Takes;
            }

            // What an asynchronous method does, it may do after the call has returned.
            return method.IsAsync ? LeaseEffect.Unknown
                : _written.Contains(parameter) ? LeaseEffect.Writes
                : _read.Contains(parameter) ? LeaseEffect.Reads
                : LeaseEffect.None;
        }

        private static IEnumerable<object> SitesOf(AbstractValue value) =>
            value.AllAtoms.Where(atom => atom.IsBuffer).Select(atom => atom.Site!.Origin);
    }
}
