using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.CodeFixes;

/// <summary>Rents a second buffer as the first was rented, and uses that from the write on. Nobody then waits for the kernel.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SecondBufferFix))]
[Shared]
public sealed class SecondBufferFix : SourceFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [OwnershipRules.WriteWhileInFlight.Id];

    private protected override (string Title, Func<SyntaxNode> Change)? Find(Diagnostic diagnostic, SyntaxNode root, SemanticModel model)
    {
        var use = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        return Statements.SendOf(diagnostic, root) is { } send && send.SpanStart < use.SpanStart
            && use.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().FirstOrDefault() is { } variable
            && model.GetSymbolInfo(variable).Symbol is ILocalSymbol lease && DeclarationOf(lease) is { } declaration
            && Statements.InsertionPoint(use) is { } statement && statement.Parent == declaration.Parent && statement.Parent is BlockSyntax block
            ? ("Rent a second buffer", () => Rent(root, model, lease, declaration, statement, block))
            : null;
    }

    /// <summary>The declaration of a lease that is rented in it.</summary>
    private static LocalDeclarationStatementSyntax? DeclarationOf(ILocalSymbol lease) =>
        lease.DeclaringSyntaxReferences.Length == 1
            && lease.DeclaringSyntaxReferences[0].GetSyntax() is VariableDeclaratorSyntax { Initializer.Value: InvocationExpressionSyntax or AwaitExpressionSyntax } declarator
            && declarator.Parent is VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax declaration }
            ? declaration
            : null;

    private static SyntaxNode Rent(
        SyntaxNode root, SemanticModel model, ILocalSymbol lease, LocalDeclarationStatementSyntax declaration, StatementSyntax statement, BlockSyntax block)
    {
        var name = FreeName(lease.Name, model, block);
        var declarator = declaration.Declaration.Variables[0];
        var second = declaration
            .ReplaceToken(declarator.Identifier, SyntaxFactory.Identifier(name).WithTriviaFrom(declarator.Identifier))
            .WithLeadingTrivia(statement.GetLeadingTrivia())
            .WithTrailingTrivia(declaration.GetTrailingTrivia());
        var first = statement.SpanStart;
        var later = block.Statements.Where(each => each.SpanStart >= first).ToList();
        var renamed = later.Select(each =>
        {
            var uses = each.DescendantNodes().OfType<IdentifierNameSyntax>()
                .Where(identifier => identifier.Identifier.Text == lease.Name
                    && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(identifier).Symbol, lease));
            return each.ReplaceNodes(uses, (use, _) => use.WithIdentifier(SyntaxFactory.Identifier(name).WithTriviaFrom(use.Identifier)));
        }).ToList();
        renamed[0] = renamed[0].WithLeadingTrivia(statement.GetLeadingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)).Take(1));
        var kept = block.Statements.Take(block.Statements.Count - later.Count);
        return root.ReplaceNode(block, block.WithStatements(SyntaxFactory.List([.. kept, second, .. renamed])));
    }

    private static string FreeName(string name, SemanticModel model, BlockSyntax block)
    {
        var taken = new HashSet<string>(
            model.LookupSymbols(block.Span.End - 1).Select(symbol => symbol.Name)
                .Concat(block.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.Text)),
            StringComparer.Ordinal);
        return Enumerable.Range(2, int.MaxValue - 2).Select(number => name + number).First(candidate => !taken.Contains(candidate));
    }
}
