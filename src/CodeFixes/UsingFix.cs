using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.CodeFixes;

/// <summary>Declares a lease with <c>using</c>, where nothing else may dispose it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UsingFix))]
[Shared]
public sealed class UsingFix : SourceFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [OwnershipRules.LeaseNotDisposed.Id];

    private protected override (string Title, Func<SyntaxNode> Change)? Find(Diagnostic diagnostic, SyntaxNode root, SemanticModel model)
    {
        var rent = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        return rent.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator }
            && declarator.Parent is VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } declaration }
            && model.GetDeclaredSymbol(declarator) is ILocalSymbol lease && IsOnlyUsed(lease, declaration, model)
            ? ($"Declare '{lease.Name}' with 'using'", () => root.ReplaceNode(declaration, WithUsing(declaration)))
            : null;
    }

    /// <summary>True when the lease is only asked things and sent: it is neither disposed, nor given to anybody who might, nor replaced.</summary>
    private static bool IsOnlyUsed(ILocalSymbol lease, LocalDeclarationStatementSyntax declaration, SemanticModel model) =>
        (declaration.Parent is GlobalStatementSyntax ? declaration.Parent.Parent! : declaration.Parent!).DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(identifier => identifier.Identifier.Text == lease.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(identifier).Symbol, lease))
            .All(use => use.Parent switch
            {
                MemberAccessExpressionSyntax member => member.Expression == use && member.Name.Identifier.Text != "Dispose",
                ArgumentSyntax { RefKindKeyword.RawKind: 0, Parent.Parent: InvocationExpressionSyntax call } =>
                    model.GetSymbolInfo(call).Symbol?.Name is "SendZeroCopyAsync" or "SendAndRecycleAsync",
                _ => false,
            });

    private static LocalDeclarationStatementSyntax WithUsing(LocalDeclarationStatementSyntax declaration) => declaration
        .WithoutLeadingTrivia()
        .WithUsingKeyword(SyntaxFactory.Token(declaration.GetLeadingTrivia(), SyntaxKind.UsingKeyword, SyntaxFactory.TriviaList(SyntaxFactory.Space)));
}
