using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>Reports ZCS0007: a send of which nothing is done with the receipt but to await its recycle, there and then.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RecycleAwaitedAtOnceAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [OwnershipRules.RecycleAwaitedAtOnce];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();

        // As in OwnershipAnalyzer.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(start =>
        {
            var library = KnownSymbols.Of(start.Compilation);
            start.RegisterOperationAction(
                operation =>
                {
                    if (library.Value is { } known)
                    {
                        Analyze(operation, known);
                    }
                },
                OperationKind.Await);
        });
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols known)
    {
        var wait = (IAwaitOperation)context.Operation;
        if (Bare(wait.Operation) is IPropertyReferenceOperation { Property: { Name: "Recycled" } property, Instance: { } receipt }
            && known.IsReceipt(property.ContainingType)
            && (Bare(receipt) is ILocalReferenceOperation local ? ReceivedJustBefore(wait, local.Local) : Bare(receipt)) is IAwaitOperation { Operation: var sending }
            && Bare(sending) is IInvocationOperation send && HasTwin(send.TargetMethod))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                OwnershipRules.RecycleAwaitedAtOnce, wait.Syntax.GetLocation(), [send.Syntax.GetLocation()], send.TargetMethod.Name));
        }
    }

    /// <summary>What the local was given in the statement before, where it is used nowhere else.</summary>
    private static IOperation? ReceivedJustBefore(IAwaitOperation wait, ILocalSymbol local)
    {
        if (wait.Parent is not IExpressionStatementOperation { Parent: IBlockOperation block } statement)
        {
            return null;
        }

        var at = block.Operations.IndexOf(statement);
        return at > 0
            && block.Operations[at - 1] is IVariableDeclarationGroupOperation { Declarations: { Length: 1 } group }
            && group[0].Declarators is { Length: 1 } declarators
            && SymbolEqualityComparer.Default.Equals(declarators[0].Symbol, local)
            && block.Descendants().OfType<ILocalReferenceOperation>().Count(use => SymbolEqualityComparer.Default.Equals(use.Local, local)) == 1
            ? Bare(declarators[0].GetVariableInitializer()?.Value)
            : null;
    }

    /// <summary>True where the method stands beside a <c>SendAndRecycleAsync</c> that takes the same arguments.</summary>
    private static bool HasTwin(IMethodSymbol send) => send.Name == "SendZeroCopyAsync"
        && send.OriginalDefinition.ContainingType.GetMembers("SendAndRecycleAsync").OfType<IMethodSymbol>().Any(twin =>
            twin.Arity == send.Arity && twin.IsStatic == send.IsStatic
            && twin.Parameters.Select(Shape).SequenceEqual(send.OriginalDefinition.Parameters.Select(Shape), StringComparer.Ordinal));

    private static string Shape(IParameterSymbol parameter) => $"{parameter.RefKind} {parameter.Type.ToDisplayString()}";

    /// <summary>The operation without parentheses, conversions of the compiler's and <c>ConfigureAwait</c>.</summary>
    private static IOperation? Bare(IOperation? operation) => operation switch
    {
        IParenthesizedOperation parenthesized => Bare(parenthesized.Operand),
        IConversionOperation { IsImplicit: true } conversion => Bare(conversion.Operand),
        IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } task } => Bare(task),
        _ => operation,
    };
}
