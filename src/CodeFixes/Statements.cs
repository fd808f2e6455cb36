using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ZeroCopySockets.CodeFixes;

/// <summary>What the fixes ask of the source text.</summary>
internal static class Statements
{
    /// <summary>The statement a node is part of, if another can be put before it that is executed each time it is.</summary>
    public static StatementSyntax? InsertionPoint(SyntaxNode node)
    {
        var statement = node.FirstAncestorOrSelf<StatementSyntax>();
        return statement is LocalFunctionStatementSyntax or WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax
            || (statement is UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } && node is not ExpressionSyntax)
            || IsConditional(node, statement)
            ? null
            : statement;
    }

    /// <summary>True in code that may await.</summary>
    public static bool MayAwait(SyntaxNode node)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case LockStatementSyntax or UnsafeStatementSyntax or FixedStatementSyntax:
                    return false;
                case AnonymousFunctionExpressionSyntax function:
                    return function.AsyncKeyword.RawKind != 0;
                case LocalFunctionStatementSyntax function:
                    return function.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case BaseMethodDeclarationSyntax method:
                    return method.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case AccessorDeclarationSyntax or MemberDeclarationSyntax and not GlobalStatementSyntax:
                    return false;
                case GlobalStatementSyntax:
                    return true;
            }
        }

        return false;
    }

    /// <summary>The call with <c>ConfigureAwait</c> and parentheses around it.</summary>
    public static ExpressionSyntax Whole(ExpressionSyntax call)
    {
        var whole = call;
        while (true)
        {
            switch (whole.Parent)
            {
                case ParenthesizedExpressionSyntax parenthesized:
                    whole = parenthesized;
                    break;
                case MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait", Parent: InvocationExpressionSyntax configured }:
                    whole = configured;
                    break;
                default:
                    return whole;
            }
        }
    }

    /// <summary>The call of the twin that waits for the recycle too.</summary>
    public static ExpressionSyntax WithTwin(ExpressionSyntax whole, InvocationExpressionSyntax send)
    {
        var name = NameOf(send);
        return whole.ReplaceNode(name, name.WithIdentifier(SyntaxFactory.Identifier("SendAndRecycleAsync").WithTriviaFrom(name.Identifier)));
    }

    public static SimpleNameSyntax NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax member => member.Name,
        SimpleNameSyntax name => name,
        _ => throw new InvalidOperationException("A send is called by its name."),
    };

    /// <summary>The send a diagnostic points at.</summary>
    public static InvocationExpressionSyntax? SendOf(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.AdditionalLocations.Count == 1
            && root.FindNode(diagnostic.AdditionalLocations[0].SourceSpan, getInnermostNodeForTie: true) is InvocationExpressionSyntax send
            && send.Expression is MemberAccessExpressionSyntax or SimpleNameSyntax
            ? send
            : null;

    private static bool IsConditional(SyntaxNode node, StatementSyntax? statement) => node.Ancestors()
        .TakeWhile(ancestor => ancestor != statement)
        .Any(ancestor => ancestor is AnonymousFunctionExpressionSyntax or ArrowExpressionClauseSyntax or SwitchExpressionSyntax or ConditionalExpressionSyntax);
}
