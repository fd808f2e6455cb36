using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.CodeFixes;

/// <summary>
/// Turns a send into one that waits for its buffer: where the recycle is awaited at once anyway, and where the receipt is dropped
/// that would have told when the buffer may be used again.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SendAndRecycleFix))]
[Shared]
public sealed class SendAndRecycleFix : CodeFixProvider
{
    private const string Title = "Use 'SendAndRecycleAsync'";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        [OwnershipRules.WriteWhileInFlight.Id, OwnershipRules.GivenUpWhileInFlight.Id, OwnershipRules.RecycleAwaitedAtOnce.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        var model = (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false))!;
        foreach (var diagnostic in context.Diagnostics)
        {
            if (Statements.SendOf(diagnostic, root) is not { } send)
            {
                continue;
            }

            var changed = diagnostic.Id == OwnershipRules.RecycleAwaitedAtOnce.Id
                ? Unite(root, root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true), send)
                : WaitForDropped(root, send, model);
            if (changed is not null)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(changed)), nameof(SendAndRecycleFix)), diagnostic);
            }
        }
    }

    /// <summary>Two awaits become one, of the send in its place.</summary>
    private static SyntaxNode? Unite(SyntaxNode root, SyntaxNode second, InvocationExpressionSyntax send)
    {
        var first = Statements.Whole(send);
        var one = (ExpressionSyntax)SyntaxFactory.AwaitExpression(Statements.WithTwin(first, send).WithoutTrivia().WithLeadingTrivia(SyntaxFactory.Space));
        if (second.Span.Contains(send.Span))
        {
            return root.ReplaceNode(second, one.WithTriviaFrom(second));
        }

        var declaration = first.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>();
        var wait = second.FirstAncestorOrSelf<ExpressionStatementSyntax>();
        if (declaration is null || wait is null)
        {
            return null;
        }

        var statement = SyntaxFactory.ExpressionStatement(one).WithLeadingTrivia(declaration.GetLeadingTrivia()).WithTrailingTrivia(declaration.GetTrailingTrivia());
        SyntaxNode from = declaration.Parent is GlobalStatementSyntax global ? global : declaration;
        SyntaxNode until = wait.Parent is GlobalStatementSyntax last ? last : wait;
        SyntaxNode instead = declaration.Parent is GlobalStatementSyntax ? SyntaxFactory.GlobalStatement(statement) : statement;
        var marked = root.TrackNodes(from, until);
        marked = marked.ReplaceNode(marked.GetCurrentNode(from)!, instead);
        return marked.RemoveNode(marked.GetCurrentNode(until)!, SyntaxRemoveOptions.KeepUnbalancedDirectives);
    }

    /// <summary>A send whose receipt is dropped: its twin gives none, and is awaited.</summary>
    private static SyntaxNode? WaitForDropped(SyntaxNode root, InvocationExpressionSyntax send, SemanticModel model)
    {
        var whole = Statements.Whole(send);
        ExpressionSyntax given = whole.Parent is AwaitExpressionSyntax wait ? wait : whole;
        var dropped = given.Parent switch
        {
            ExpressionStatementSyntax => given,
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "_" }, Parent: ExpressionStatementSyntax } assignment => assignment,
            _ => null,
        };
        if (dropped is null || !Statements.MayAwait(dropped) || !HasTwin(send, model))
        {
            return null;
        }

        var twin = SyntaxFactory.AwaitExpression(Statements.WithTwin(whole, send).WithoutTrivia().WithLeadingTrivia(SyntaxFactory.Space));
        return root.ReplaceNode(dropped, twin.WithTriviaFrom(dropped));
    }

    private static bool HasTwin(InvocationExpressionSyntax send, SemanticModel model)
    {
        var name = Statements.NameOf(send);
        if (name.Identifier.Text != "SendZeroCopyAsync")
        {
            return false;
        }

        // Bound as if it stood there: the arguments decide.
        var twin = (InvocationExpressionSyntax)Statements.WithTwin(send, send);
        return model.GetSpeculativeSymbolInfo(send.SpanStart, twin, SpeculativeBindingOption.BindAsExpression).Symbol is IMethodSymbol;
    }
}
