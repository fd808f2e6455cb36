using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>The functions in a body: itself, and every lambda and local function in it, each with a graph of its own.</summary>
internal static class FunctionGraphs
{
    public static IEnumerable<FunctionContext> In(IOperation body, ControlFlowGraph graph, ISymbol owner, KnownSymbols known)
    {
        return Expand(graph, owner, known, SharedIn(body));
    }

    /// <summary>The variables that lambdas and local functions share with what is around them: they may change at any time.</summary>
    public static ImmutableHashSet<ISymbol> SharedIn(IOperation body)
    {
        var shared = ImmutableHashSet.CreateBuilder<ISymbol>(SymbolEqualityComparer.Default);
        FindShared(body, innermost: null, shared);
        return shared.ToImmutable();
    }

    private static IEnumerable<FunctionContext> Expand(
        ControlFlowGraph graph, ISymbol function, KnownSymbols known, ImmutableHashSet<ISymbol> shared)
    {
        // In a function that lends, rents and gives back nothing all buffers stay where they are.
        if (FunctionContext.OperationsOf(graph).Any(known.MovesBuffers))
        {
            yield return new FunctionContext(known, graph, function, shared);
        }

        foreach (var local in graph.LocalFunctions)
        {
            foreach (var nested in Expand(graph.GetLocalFunctionControlFlowGraph(local), local, known, shared))
            {
                yield return nested;
            }
        }

        foreach (var lambda in FunctionContext.OperationsOf(graph).OfType<IFlowAnonymousFunctionOperation>())
        {
            foreach (var nested in Expand(graph.GetAnonymousFunctionControlFlowGraph(lambda), lambda.Symbol, known, shared))
            {
                yield return nested;
            }
        }
    }

    /// <summary>Finds the variables used by a lambda or local function they do not belong to.</summary>
    private static void FindShared(IOperation operation, IMethodSymbol? innermost, ImmutableHashSet<ISymbol>.Builder shared)
    {
        ISymbol? used = operation switch
        {
            ILocalReferenceOperation local => local.Local,
            IParameterReferenceOperation parameter => parameter.Parameter,
            _ => null,
        };
        if (used is not null && innermost is not null && !SymbolEqualityComparer.Default.Equals(used.ContainingSymbol, innermost))
        {
            shared.Add(used);
        }

        innermost = operation switch
        {
            IAnonymousFunctionOperation lambda => lambda.Symbol,
            ILocalFunctionOperation local => local.Symbol,
            _ => innermost,
        };
        foreach (var child in operation.ChildOperations)
        {
            FindShared(child, innermost, shared);
        }
    }
}
