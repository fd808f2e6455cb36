using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.CodeFixes;

/// <summary>Awaits what gives the buffer back, before the statement that uses it: the receipt's recycle, or the task of the call.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AwaitRecycledFix))]
[Shared]
public sealed class AwaitRecycledFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        [OwnershipRules.WriteWhileInFlight.Id, OwnershipRules.GivenUpWhileInFlight.Id, OwnershipRules.ReceiveBufferNotOwned.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        var model = (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false))!;
        foreach (var diagnostic in context.Diagnostics)
        {
            var use = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (Statements.SendOf(diagnostic, root) is { } send && Statements.InsertionPoint(use) is { } statement
                && Statements.MayAwait(statement) && AwaitOf(send, statement, model) is { } wait)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(
                        $"Await '{wait}' first", _ => Task.FromResult(Insert(context.Document, root, statement, wait)), nameof(AwaitRecycledFix)),
                    diagnostic);
            }
        }
    }

    /// <summary>What to await: the variable that holds what the call gave must be at hand, and a ValueTask not be awaited elsewhere.</summary>
    private static string? AwaitOf(InvocationExpressionSyntax send, StatementSyntax statement, SemanticModel model)
    {
        var whole = Statements.Whole(send);
        var isReceipt = whole.Parent is AwaitExpressionSyntax;
        var given = isReceipt ? (ExpressionSyntax)whole.Parent! : whole;
        var name = given.Parent switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } => declarator.Identifier.Text,
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: not "_" } variable } => variable.Identifier.Text,
            _ => null,
        };
        if (name is null || model.LookupSymbols(statement.SpanStart, name: name).OfType<ILocalSymbol>().FirstOrDefault() is not { } local
            || local.DeclaringSyntaxReferences[0].Span.Start > statement.SpanStart || send.SpanStart > statement.SpanStart)
        {
            return null;
        }

        if (isReceipt)
        {
            return local.Type.Name == "SendReceipt" ? $"{name}.Recycled" : null;
        }

        var isUsedElsewhere = statement.SyntaxTree.GetRoot().DescendantNodes().OfType<IdentifierNameSyntax>().Any(identifier =>
            identifier.Identifier.Text == name && identifier != (given.Parent as AssignmentExpressionSyntax)?.Left
            && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(identifier).Symbol, local));
        return isUsedElsewhere || local.Type.Name != "ValueTask" || (local.Type as INamedTypeSymbol)?.Arity > 0 ? null : name;
    }

    private static Document Insert(Document document, SyntaxNode root, StatementSyntax statement, string wait)
    {
        var newLine = root.DescendantTrivia().FirstOrDefault(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        var await = SyntaxFactory.AwaitExpression(
            SyntaxFactory.Token([], SyntaxKind.AwaitKeyword, [SyntaxFactory.Space]), SyntaxFactory.ParseExpression(wait));
        var added = SyntaxFactory.ExpressionStatement(await).WithLeadingTrivia(statement.GetLeadingTrivia())
            .WithTrailingTrivia(newLine).WithAdditionalAnnotations(Formatter.Annotation);
        var rest = statement.WithLeadingTrivia(statement.GetLeadingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)).Take(1));
        SyntaxNode changed = statement.Parent switch
        {
            BlockSyntax or SwitchSectionSyntax => root.ReplaceNode(statement, [added, rest]),
            GlobalStatementSyntax global => root.ReplaceNode(global, [SyntaxFactory.GlobalStatement(added), global.WithStatement(rest)]),
            _ => root.ReplaceNode(statement, Braced(added, rest, newLine)),
        };
        return document.WithSyntaxRoot(changed);
    }

    private static BlockSyntax Braced(StatementSyntax added, StatementSyntax rest, SyntaxTrivia newLine) => SyntaxFactory.Block(
            SyntaxFactory.Token([], SyntaxKind.OpenBraceToken, [newLine]),
            SyntaxFactory.List([added, rest]),
            SyntaxFactory.Token([], SyntaxKind.CloseBraceToken, [newLine]))
        .WithAdditionalAnnotations(Formatter.Annotation);
}
