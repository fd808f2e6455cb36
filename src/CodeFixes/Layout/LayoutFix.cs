using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace ZeroCopySockets.CodeFixes.Layout;

/// <summary>
/// A fix of layout rules: for each diagnostic some nodes to rewrite, each by itself. All diagnostics of a document are fixed in
/// one pass, in which a node that several of them name is rewritten once.
/// </summary>
public abstract class LayoutFix : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => FixAllProvider.Create(FixAllAsync);

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode root = (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            foreach (Edit edit in EditsFor(diagnostic, NodeOf(diagnostic, root)))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(edit.Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(Apply(root, [edit]))), edit.Key),
                    diagnostic);
            }
        }
    }

    /// <summary>What could be done about a diagnostic, one edit per way.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    /// <param name="node">What it is at.</param>
    private protected abstract IEnumerable<Edit> EditsFor(Diagnostic diagnostic, SyntaxNode node);

    private async Task<Document?> FixAllAsync(FixAllContext context, Document document, ImmutableArray<Diagnostic> diagnostics)
    {
        SyntaxNode root = (await document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        IEnumerable<Edit> edits = diagnostics
            .SelectMany(diagnostic => EditsFor(diagnostic, NodeOf(diagnostic, root)))
            .Where(edit => edit.Key == context.CodeActionEquivalenceKey);
        return document.WithSyntaxRoot(Apply(root, edits));
    }

    private static SyntaxNode NodeOf(Diagnostic diagnostic, SyntaxNode root) => root.FindToken(diagnostic.Location.SourceSpan.Start).Parent!;

    private static SyntaxNode Apply(SyntaxNode root, IEnumerable<Edit> edits)
    {
        var rewrites = new Dictionary<SyntaxNode, Func<SyntaxNode, SyntaxNode>>();
        foreach (Edit edit in edits)
        {
            foreach (SyntaxNode node in edit.Nodes)
            {
                rewrites[node] = edit.Rewrite;
            }
        }

        return root.ReplaceNodes(rewrites.Keys, (original, rewritten) => rewrites[original](rewritten));
    }

    /// <summary>One way to fix a diagnostic.</summary>
    private protected sealed class Edit(string title, string key, IReadOnlyList<SyntaxNode> nodes, Func<SyntaxNode, SyntaxNode> rewrite)
    {
        /// <summary>What a user chooses it by.</summary>
        public string Title { get; } = title;

        /// <summary>What makes it the same way as that of another diagnostic.</summary>
        public string Key { get; } = key;

        /// <summary>What is rewritten.</summary>
        public IReadOnlyList<SyntaxNode> Nodes { get; } = nodes;

        /// <summary>Rewrites one node, of which inner nodes may have been rewritten already.</summary>
        public Func<SyntaxNode, SyntaxNode> Rewrite { get; } = rewrite;
    }
}
