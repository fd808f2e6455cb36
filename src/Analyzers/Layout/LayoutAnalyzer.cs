using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Analyzers.Layout;

/// <summary>
/// Says why a <c>[ZeroCopyBuffer]</c> or <c>[MessageSet]</c> struct gets no generated code, at the field that is the reason. It judges with the
/// generator's own parser and planner.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LayoutAnalyzer : DiagnosticAnalyzer
{
    /// <summary>With a misplaced attribute, the property of the diagnostic that names it.</summary>
    internal const string AttributeProperty = "Attribute";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => LayoutRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Struct)
        {
            return;
        }

        if (KnownAttributes.IsMessageSet(type))
        {
            foreach (MessageProblem problem in new MessageSetParser(context.CancellationToken).Parse(type).Problems)
            {
                Report(context, problem.Kind, problem.Symbol, problem.Arguments);
            }
        }

        if (KnownAttributes.IsMessage(type))
        {
            AnalyzeMessage(context, type);
        }
    }

    private static void AnalyzeMessage(SymbolAnalysisContext context, INamedTypeSymbol type)
    {
        ParsedMessage parsed = new MessageParser(context.CancellationToken).Parse(type);
        foreach (MessageProblem problem in parsed.Problems)
        {
            Report(context, problem.Kind, problem.Symbol, problem.Arguments);
        }

        foreach (LayoutProblem problem in LayoutPlanner.Plan(parsed.Model).Problems)
        {
            ISymbol member = parsed.Members[problem.MemberIndex];
            Report(context, problem.Kind, member, [member.Name, .. problem.Details]);
        }
    }

    private static void Report(SymbolAnalysisContext context, LayoutProblemKind kind, ISymbol symbol, string[] arguments)
    {
        ImmutableDictionary<string, string?>? properties = kind == LayoutProblemKind.MisplacedAttribute
            ? ImmutableDictionary<string, string?>.Empty.Add(AttributeProperty, arguments[1])
            : null;
        context.ReportDiagnostic(Diagnostic.Create(LayoutRules.For(kind), symbol.Locations[0], properties, arguments));
    }
}
