using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ZeroCopySockets.Analyzers.Ownership.Flow;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>Reports what breaks the ownership of buffers, ZCS0001 to ZCS0006: the rules are in <see cref="OwnershipRules"/>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OwnershipAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = OwnershipRules.OfFlow;

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();

        // Generated code is not looked at, so nothing is found in it, and no finding's whole file need be read to tell whether it is generated.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(start =>
        {
            var library = KnownSymbols.Of(start.Compilation);
            start.RegisterOperationBlockStartAction(block =>
            {
                if (library.Value is { } known)
                {
                    StartBlock(block, known);
                }
            });
        });
    }

    /// <summary>A body is analysed only once something in it is seen to move a buffer, so that other code costs a look at its calls.</summary>
    private static void StartBlock(OperationBlockStartAnalysisContext context, KnownSymbols known)
    {
        var moves = 0;
        context.RegisterOperationAction(
            operation =>
            {
                if (Volatile.Read(ref moves) == 0 && known.MovesBuffers(operation.Operation))
                {
                    Volatile.Write(ref moves, 1);
                }
            },
            OperationKind.Invocation,
            OperationKind.PropertyReference);
        context.RegisterOperationBlockEndAction(end =>
        {
            if (Volatile.Read(ref moves) == 1)
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

            var findings = new Findings();
            try
            {
                foreach (var function in FunctionGraphs.In(body, context.GetControlFlowGraph, context.OwningSymbol, known))
                {
                    FlowSolver.Solve(function, findings, context.CancellationToken);
                }
            }
            catch (InsufficientExecutionStackException)
            {
                // Expressions nested this deep are machine-written; the run-time check still watches them.
                continue;
            }

            findings.Report(context.ReportDiagnostic);
        }
    }
}
