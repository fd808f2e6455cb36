using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>
/// Is called for what the ownership analyzers are called for, and does nothing. Every build with the SDK's analyzers has the compiler make
/// operations and call analyzers with them; what ours cost is what comes on top.
/// </summary>
#pragma warning disable RS1036, RS1038 // It is not for anybody's build.
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class IdleAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        [new("Idle", "Nothing", "Nothing", "Nothing", DiagnosticSeverity.Warning, isEnabledByDefault: true)];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            start.RegisterOperationAction(_ => { }, OperationKind.Await);
            start.RegisterOperationBlockStartAction(block =>
            {
                block.RegisterOperationAction(_ => { }, OperationKind.Invocation, OperationKind.PropertyReference);
                block.RegisterOperationBlockEndAction(_ => { });
            });
        });
    }
}
