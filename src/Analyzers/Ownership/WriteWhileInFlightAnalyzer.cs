using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>Reports ZCS0001: a write to a buffer between the send that lends it and its recycle point.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class WriteWhileInFlightAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [OwnershipRules.WriteWhileInFlight];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownSymbols.From(start.Compilation) is { } known)
            {
                start.RegisterOperationBlockStartAction(block => StartBlock(block, known));
            }
        });
    }

    /// <summary>A body is analysed only once a call in it is seen to lend a buffer, so that other code costs a look at its calls.</summary>
    private static void StartBlock(OperationBlockStartAnalysisContext context, KnownSymbols known)
    {
        var lends = 0;
        context.RegisterOperationAction(
            operation =>
            {
                if (known.Call(((IInvocationOperation)operation.Operation).TargetMethod).Kind == CallKind.Lends)
                {
                    Volatile.Write(ref lends, 1);
                }
            },
            OperationKind.Invocation);
        context.RegisterOperationBlockEndAction(end =>
        {
            if (Volatile.Read(ref lends) == 1)
            {
                AnalyzeBlocks(end, known);
            }
        });
    }

    private static void AnalyzeBlocks(OperationBlockAnalysisContext context, KnownSymbols known)
    {
        foreach (var body in context.OperationBlocks)
        {
            // Top-level statements come as a whole method body, other methods as its block.
            if (body.Kind is not (OperationKind.Block or OperationKind.MethodBody or OperationKind.FieldInitializer or OperationKind.PropertyInitializer))
            {
                continue;
            }

            var graph = context.GetControlFlowGraph(body);
            var writes = new WritesInFlight();
            try
            {
                foreach (var function in FunctionGraphs.In(body, graph, context.OwningSymbol, known))
                {
                    FlowSolver.Solve(function, writes, context.CancellationToken);
                }
            }
            catch (InsufficientExecutionStackException)
            {
                // Expressions nested this deep are machine-written; the run-time check still watches them.
                continue;
            }

            writes.Report(context.ReportDiagnostic);
        }
    }
}
