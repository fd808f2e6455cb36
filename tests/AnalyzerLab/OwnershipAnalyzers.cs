using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.AnalyzerLab;

/// <summary>Every analyzer that has a rule on ownership, and how it is run.</summary>
internal static class OwnershipAnalyzers
{
    public static readonly ImmutableArray<DiagnosticAnalyzer> All =
    [
        .. typeof(OwnershipAnalyzer).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !type.IsAbstract)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
            .Where(analyzer => analyzer.SupportedDiagnostics.Any(IsOwnershipRule)),
    ];

    public static bool IsOwnershipRule(DiagnosticDescriptor rule) => rule.Category == "ZeroCopySockets.Ownership";

    /// <summary>What the analyzers report in one file; those that throw are given to <paramref name="onException"/>.</summary>
    public static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(
        Compilation compilation, SyntaxTree tree, Action<Exception> onException)
    {
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            (exception, _, _) => onException(exception),
            concurrentAnalysis: false,
            logAnalyzerExecutionTime: false);
        AnalysisResult result = await compilation.WithAnalyzers(All, options)
            .GetAnalysisResultAsync(compilation.GetSemanticModel(tree), filterSpan: null, CancellationToken.None);
        return [.. result.GetAllDiagnostics().OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)];
    }
}
