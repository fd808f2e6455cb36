using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Analyzers.Layout;

namespace ZeroCopySockets.CodeFixes.Layout;

/// <summary>Takes away an attribute that says nothing about the type of its field.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AttributeFix))]
[Shared]
public sealed class AttributeFix : LayoutFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [LayoutRules.ByteOrderOnNested.Id, LayoutRules.MisplacedAttribute.Id];

    private protected override IEnumerable<Edit> EditsFor(Diagnostic diagnostic, SyntaxNode node)
    {
        MemberDeclarationSyntax declaration = node.FirstAncestorOrSelf<MemberDeclarationSyntax>()!;
        string name = diagnostic.Properties.TryGetValue(LayoutAnalyzer.AttributeProperty, out string? misplaced) ? misplaced! : "ByteOrder";
        return declaration.Attribute(name) is null
            ? []
            : [new Edit($"Remove [{name}]", diagnostic.Id + name, [declaration], d => ((MemberDeclarationSyntax)d).WithoutAttribute(name))];
    }
}
