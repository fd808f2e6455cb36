using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>The functions in a body: itself, and every lambda and local function in it, each with a graph of its own.</summary>
internal static class FunctionGraphs
{
    /// <summary>Those in which something that lends, rents or gives back may conflict with something else: in all others nothing is to be found.</summary>
    public static IEnumerable<FunctionContext> In(IOperation body, Func<IOperation, ControlFlowGraph> graphOf, ISymbol owner, KnownSymbols known)
    {
        var survey = new FunctionSurvey(body, known);
        return survey.Whole.IsOfInterest ? Expand(graphOf(body), owner, survey.Whole, survey, known) : [];
    }

    private static IEnumerable<FunctionContext> Expand(
        ControlFlowGraph graph, ISymbol symbol, FunctionSurvey.Function function, FunctionSurvey survey, KnownSymbols known)
    {
        if (function.IsToBeFollowed)
        {
            yield return new FunctionContext(known, graph, symbol, survey.Shared);
        }

        // A graph costs about as much as following it, so none is made that nothing is to be found in.
        if (!function.HasFunctionsToFollow)
        {
            yield break;
        }

        var locals = graph.LocalFunctions
            .Where(local => survey.Of(local).IsOfInterest)
            .Select(local => (local, graph.GetLocalFunctionControlFlowGraph(local)));
        var lambdas = FunctionContext.OperationsOf(graph).OfType<IFlowAnonymousFunctionOperation>()
            .Where(lambda => survey.Of(lambda.Symbol).IsOfInterest)
            .Select(lambda => (lambda.Symbol, graph.GetAnonymousFunctionControlFlowGraph(lambda)));
        foreach (var (nested, nestedGraph) in locals.Concat(lambdas))
        {
            foreach (var context in Expand(nestedGraph, nested, survey.Of(nested), survey, known))
            {
                yield return context;
            }
        }
    }
}
