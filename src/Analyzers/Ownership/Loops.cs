using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>The loops of the source text.</summary>
internal static class Loops
{
    /// <summary>The loops of the same function whose rounds execute the node, innermost first.</summary>
    public static IEnumerable<SyntaxNode> LoopsAround(this SyntaxNode node) => node.AncestorsAndSelf()
        .TakeWhile(a => a is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax))
        .Where(a => a switch
        {
            WhileStatementSyntax or DoStatementSyntax => true,
            ForStatementSyntax { Declaration: var first } => first is null || !first.Span.Contains(node.Span),
            CommonForEachStatementSyntax { Expression: var collection } => !collection.Span.Contains(node.Span),
            _ => false,
        });
}
