using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Analyzers.Layout;

namespace ZeroCopySockets.CodeFixes.Layout;

/// <summary>Gives declarations the modifiers that generated code needs, and takes away those that it cannot do with.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ModifierFix))]
[Shared]
public sealed class ModifierFix : LayoutFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        LayoutRules.NotPartial.Id, LayoutRules.ReadOnly.Id, LayoutRules.RefStruct.Id, LayoutRules.PropertyShape.Id, LayoutRules.SetShape.Id,
    ];

    private protected override IEnumerable<Edit> EditsFor(Diagnostic diagnostic, SyntaxNode node)
    {
        MemberDeclarationSyntax declaration = node.FirstAncestorOrSelf<MemberDeclarationSyntax>()!;
        return diagnostic.Id switch
        {
            var id when id == LayoutRules.ReadOnly.Id && declaration.Modifiers.Any(SyntaxKind.ReadOnlyKeyword) =>
                [new Edit("Remove 'readonly'", id, [declaration], d => ((MemberDeclarationSyntax)d).Without(SyntaxKind.ReadOnlyKeyword))],
            var id when id == LayoutRules.RefStruct.Id =>
                [new Edit("Remove 'ref'", id, [declaration], d => ((MemberDeclarationSyntax)d).Without(SyntaxKind.RefKeyword))],
            var id when id == LayoutRules.NotPartial.Id =>
                [new Edit("Make partial", id, Around(declaration), d => ((MemberDeclarationSyntax)d).With(SyntaxKind.PartialKeyword))],
            var id when id == LayoutRules.PropertyShape.Id && declaration is PropertyDeclarationSyntax property && LacksOnlyPartial(property) =>
                [new Edit("Make partial", id, [declaration], d => ((MemberDeclarationSyntax)d).With(SyntaxKind.PartialKeyword))],
            var id when id == LayoutRules.SetShape.Id && Around(declaration).Any(LacksModifiersOfSet) =>
                [new Edit("Make a readonly ref partial struct", id, Around(declaration), WithModifiersOfSet)],
            _ => [],
        };
    }

    /// <summary>The type and those around it.</summary>
    private static IReadOnlyList<MemberDeclarationSyntax> Around(MemberDeclarationSyntax declaration) =>
        [.. declaration.AncestorsAndSelf().OfType<TypeDeclarationSyntax>()];

    /// <summary>Both accessors without bodies: with <c>partial</c>, the generator writes them.</summary>
    private static bool LacksOnlyPartial(PropertyDeclarationSyntax property) =>
        !property.Modifiers.Any(SyntaxKind.PartialKeyword)
        && !property.Modifiers.Any(SyntaxKind.StaticKeyword)
        && property is { Initializer: null, AccessorList.Accessors: { Count: 2 } accessors }
        && accessors.All(a => a is { Body: null, ExpressionBody: null } && (a.IsKind(SyntaxKind.GetAccessorDeclaration) || a.IsKind(SyntaxKind.SetAccessorDeclaration)));

    private static bool LacksModifiersOfSet(MemberDeclarationSyntax declaration) => !ModifiersOfSet(declaration).All(kind => declaration.Modifiers.Any(kind));

    private static SyntaxNode WithModifiersOfSet(SyntaxNode declaration) =>
        ModifiersOfSet((MemberDeclarationSyntax)declaration).Aggregate((MemberDeclarationSyntax)declaration, Declarations.With);

    /// <summary>The set is the innermost of the types, and a struct with the attribute; those around it need be partial only.</summary>
    private static SyntaxKind[] ModifiersOfSet(MemberDeclarationSyntax declaration) => declaration.Attribute("MessageSet") is null
        ? [SyntaxKind.PartialKeyword]
        : [SyntaxKind.ReadOnlyKeyword, SyntaxKind.RefKeyword, SyntaxKind.PartialKeyword];
}
