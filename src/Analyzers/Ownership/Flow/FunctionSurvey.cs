using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>One look at a whole body before any graph is made: which functions in it are worth one, and what they share.</summary>
internal sealed class FunctionSurvey
{
    private static readonly Function s_elsewhere = new(null, null);

    private readonly KnownSymbols _known;
    private readonly Dictionary<ISymbol, Function> _functions = new(SymbolEqualityComparer.Default);

    public FunctionSurvey(IOperation body, KnownSymbols known)
    {
        _known = known;
        Whole = new Function(null, null);
        Visit(body, Whole);
    }

    /// <summary>The function whose body it is.</summary>
    public Function Whole { get; }

    /// <summary>The variables that lambdas and local functions share with what is around them: they may change at any time.</summary>
    public HashSet<ISymbol> Shared { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>A lambda or local function of the body.</summary>
    public Function Of(ISymbol function) => _functions.TryGetValue(function, out var found) ? found : s_elsewhere;

    private void Visit(IOperation operation, Function function)
    {
        switch (operation.Kind)
        {
            case OperationKind.LocalReference:
                AddUse(((ILocalReferenceOperation)operation).Local, function);
                break;
            case OperationKind.ParameterReference:
                AddUse(((IParameterReferenceOperation)operation).Parameter, function);
                break;
            case OperationKind.Invocation or OperationKind.PropertyReference when !function.IsToBeFollowed:
                var moves = _known.MovesBuffers(operation);
                function.Add(moves, moves ? !HarmlessMoves.Contains(operation, _known) : IsDisposalOfLease(operation));
                break;
            case OperationKind.Argument when !function.MayConflict && IsLeaseHandedOver((IArgumentOperation)operation):
            case OperationKind.ObjectCreation when !function.MayConflict && Takes((IObjectCreationOperation)operation):
                function.Add(moves: false, mayConflict: true);
                break;
            case OperationKind.Using when EndsLease(((IUsingOperation)operation).Resources):
            case OperationKind.UsingDeclaration when EndsLease(((IUsingDeclarationOperation)operation).DeclarationGroup):
                function.Add(moves: true, mayConflict: true);
                break;
            case OperationKind.AnonymousFunction:
                function = Add(((IAnonymousFunctionOperation)operation).Symbol, function);
                break;
            case OperationKind.LocalFunction:
                function = Add(((ILocalFunctionOperation)operation).Symbol, function);
                break;
        }

        foreach (var child in operation.ChildOperations)
        {
            Visit(child, function);
        }
    }

    private void AddUse(ISymbol variable, Function function)
    {
        if (function.Symbol is not null && !SymbolEqualityComparer.Default.Equals(variable.ContainingSymbol, function.Symbol))
        {
            Shared.Add(variable);
        }
    }

    /// <summary>True for a using that disposes a lease: the call that does shows in the graph only.</summary>
    private bool EndsLease(IOperation resources) => resources is IVariableDeclarationGroupOperation group
        ? group.GetDeclaredVariables().Any(variable => _known.Type(variable.Type).IsLease)
        : _known.Type(resources.Type).IsLease;

    /// <summary>True for one that moves nothing by <see cref="KnownSymbols.MovesBuffers"/>, which knows <c>Dispose</c> only.</summary>
    private bool IsDisposalOfLease(IOperation operation) =>
        operation is IInvocationOperation { TargetMethod.Name: "DisposeAsync" or "AbortAsync", Instance.Type: { } type } && _known.Type(type).IsLease;

    /// <summary>True for a lease handed to a method of which the body may be here, and may dispose it.</summary>
    private bool IsLeaseHandedOver(IArgumentOperation argument) => argument is { Parameter.Type: var type, Parent: IInvocationOperation { TargetMethod: var method } }
        && !method.DeclaringSyntaxReferences.IsEmpty && _known.Type(type).IsLease && !_known.Call(method).Lends;

    private bool Takes(IObjectCreationOperation creation) => creation.Constructor is { Parameters.IsEmpty: false } constructor
        && !_known.Call(constructor).TakenParameters.IsEmpty;

    private Function Add(IMethodSymbol symbol, Function around) => _functions[symbol] = new Function(symbol, around);

    /// <param name="symbol">Null for the whole.</param>
    /// <param name="around">The function it is in.</param>
    internal sealed class Function(IMethodSymbol? symbol, Function? around)
    {
        public IMethodSymbol? Symbol { get; } = symbol;

        /// <summary>It lends, rents or gives back something.</summary>
        public bool MovesBuffers { get; private set; }

        /// <summary>It does something with a lease, or a task, that may be wrong before or after something else.</summary>
        public bool MayConflict { get; private set; }

        /// <summary>Something may be found in it.</summary>
        public bool IsToBeFollowed => MovesBuffers && MayConflict;

        /// <summary>Something may be found in functions within it.</summary>
        public bool HasFunctionsToFollow { get; private set; }

        private Function? Around { get; } = around;

        public bool IsOfInterest => IsToBeFollowed || HasFunctionsToFollow;

        public void Add(bool moves, bool mayConflict)
        {
            MovesBuffers |= moves;
            MayConflict |= mayConflict;
            for (var outer = Around; IsToBeFollowed && outer is { HasFunctionsToFollow: false }; outer = outer.Around)
            {
                outer.HasFunctionsToFollow = true;
            }
        }
    }
}
