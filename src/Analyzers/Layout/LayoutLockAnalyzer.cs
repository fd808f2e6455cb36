using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Locking;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Analyzers.Layout;

/// <summary>
/// Holds the messages of a project to the layouts in its <c>layouts.lock</c>: peers in the field know those. Without the file,
/// and while it is being written anew, there is nothing to hold them to.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LayoutLockAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        [LayoutLockRules.Broken, LayoutLockRules.Unreadable, LayoutLockRules.OutOfDate];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(Start);
    }

    private static void Start(CompilationStartAnalysisContext context)
    {
        AdditionalText? file = context.Options.AdditionalFiles.FirstOrDefault(f => Path.GetFileName(f.Path) == LayoutLock.FileName);
        context.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue(LayoutLock.UpdateProperty, out string? update);
        if (file?.GetText(context.CancellationToken) is not { } text || LayoutLock.IsBeingUpdated(update))
        {
            return;
        }

        LayoutLock.Reading reading = LayoutLock.Read([.. text.Lines.Select(l => l.ToString())]);
        context.RegisterAdditionalFileAction(action =>
        {
            if (action.AdditionalFile == file)
            {
                CheckFile(action, text, reading);
            }
        });
        if (reading.BadLine is null)
        {
            context.RegisterSymbolAction(action => CheckMessage(action, reading.Messages), SymbolKind.NamedType);
        }
    }

    private static void CheckFile(AdditionalFileAnalysisContext context, SourceText text, LayoutLock.Reading reading)
    {
        if (reading.BadLine is { } bad)
        {
            context.ReportDiagnostic(Diagnostic.Create(LayoutLockRules.Unreadable, LocationOf(bad)));
            return;
        }

        foreach (LayoutLock.Entry entry in reading.Messages.Values)
        {
            INamedTypeSymbol? type = context.Compilation.Assembly.GetTypeByMetadataName(entry.Message.Name);
            if (type is null || !KnownAttributes.IsMessage(type))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    LayoutLockRules.Broken, LocationOf(entry.Line), $"Message '{entry.Message.Name}'", "it is gone, or has another name"));
            }
        }

        Location LocationOf(int line)
        {
            TextSpan span = text.Lines[line].Span;
            return Location.Create(context.AdditionalFile.Path, span, text.Lines.GetLinePositionSpan(span));
        }
    }

    private static void CheckMessage(SymbolAnalysisContext context, IReadOnlyDictionary<string, LayoutLock.Entry> messages)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Struct || !KnownAttributes.IsMessage(type))
        {
            return;
        }

        ParsedMessage parsed = new MessageParser(context.CancellationToken).Parse(type);
        MessageLayout layout = LayoutPlanner.Plan(parsed.Model);
        if (!parsed.IsSound || layout.Problems.Count > 0)
        {
            return;
        }

        LockedMessage current = LockedMessage.Of(layout);
        bool isLocked = messages.TryGetValue(current.Name, out LayoutLock.Entry entry);
        bool isBroken = false;
        foreach (LayoutBreak found in isLocked ? LayoutComparison.Compare(entry.Message, current) : [])
        {
            isBroken = true;
            ISymbol symbol = found.Field is null ? type : parsed.Members.Single(m => m.Name == found.Field);
            string subject = found.Field is null ? $"Message '{type.Name}'" : $"Field '{found.Field}'";
            context.ReportDiagnostic(Diagnostic.Create(LayoutLockRules.Broken, symbol.Locations[0], subject, found.Reason));
        }

        if (!isBroken && !(isLocked && entry.Message.Equals(current)))
        {
            context.ReportDiagnostic(Diagnostic.Create(LayoutLockRules.OutOfDate, type.Locations[0], type.Name));
        }
    }
}
