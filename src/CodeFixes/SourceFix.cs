using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace ZeroCopySockets.CodeFixes;

/// <summary>A fix that changes the one file its diagnostic is in, and may be applied to all of them.</summary>
public abstract class SourceFix : CodeFixProvider
{
    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false))!;
        var model = (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false))!;
        foreach (var diagnostic in context.Diagnostics)
        {
            if (Find(diagnostic, root, model) is var (title, change))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(title, _ => Task.FromResult(context.Document.WithSyntaxRoot(change())), GetType().Name), diagnostic);
            }
        }
    }

    /// <summary>What the fix is called and what it makes of the file; null where it does not apply.</summary>
    private protected abstract (string Title, Func<SyntaxNode> Change)? Find(Diagnostic diagnostic, SyntaxNode root, SemanticModel model);
}
