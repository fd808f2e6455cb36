using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace ZeroCopySockets.AnalyzerLab.Fuzz;

/// <summary>
/// One to three random changes to a program: parts left out, doubled, exchanged or put in another's place. The parts are tokens,
/// which mostly leaves code that does not compile, or whole statements, which mostly leaves code that does.
/// </summary>
internal static class Mutation
{
    public static string Of(SyntaxTree program, Random random)
    {
        SyntaxNode root = program.GetRoot();
        List<TextSpan> parts = random.Next(2) == 0
            ? [.. root.DescendantTokens().Select(token => token.FullSpan)]
            : [.. root.DescendantNodes().OfType<StatementSyntax>().Where(s => s is not BlockSyntax).Select(s => s.FullSpan)];
        string source = root.ToFullString();
        string Text(TextSpan part) => source.Substring(part.Start, part.Length);
        var changes = new List<TextChange>();
        for (int wanted = random.Next(1, 4); parts.Count > 0 && wanted > 0; wanted--)
        {
            TextSpan at = parts[random.Next(parts.Count)];
            TextSpan other = parts[random.Next(parts.Count)];
            switch (random.Next(4))
            {
                case 0:
                    changes.Add(new TextChange(at, ""));
                    break;
                case 1:
                    changes.Add(new TextChange(at, Text(at) + Text(at)));
                    break;
                case 2 when !at.IntersectsWith(other):
                    changes.Add(new TextChange(at, Text(other)));
                    changes.Add(new TextChange(other, Text(at)));
                    break;
                default:
                    changes.Add(new TextChange(at, Text(other)));
                    break;
            }
        }

        // From the last to the first, so that no change moves the place of the next; a part inside a changed one is left alone.
        int end = source.Length;
        foreach (TextChange change in changes.OrderByDescending(change => change.Span.Start))
        {
            if (change.Span.End <= end)
            {
                source = source[..change.Span.Start] + change.NewText + source[change.Span.End..];
                end = change.Span.Start;
            }
        }

        return source;
    }
}
