using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ZeroCopySockets.Analyzers.Layout;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>The rules as a set, and the analyzer together with the generator.</summary>
public class LayoutRuleTests
{
    [Fact]
    public void Every_problem_has_a_rule_of_its_own()
    {
        string[] ids = [.. Enum.GetValues<LayoutProblemKind>().Select(kind => LayoutRules.For(kind).Id)];

        Assert.Equal(ids.Order(), ids.Distinct().Order());
        Assert.Equal(ids.Order(), new LayoutAnalyzer().SupportedDiagnostics.Select(r => r.Id));
        Assert.All(ids, id => Assert.Matches("^ZCS10[0-5][0-9]$", id));
    }

    [Fact]
    public void Every_rule_is_an_error_and_has_a_page_that_says_what_why_and_how_to_suppress()
    {
        string pages = Path.Combine(Snapshot.ProjectDirectory, "..", "..", "docs", "rules");
        foreach (DiagnosticDescriptor rule in new LayoutAnalyzer().SupportedDiagnostics)
        {
            Assert.Equal(("ZeroCopySockets.Layout", DiagnosticSeverity.Error, true), (rule.Category, rule.DefaultSeverity, rule.IsEnabledByDefault));
            Assert.EndsWith($"/docs/rules/{rule.Id}.md", rule.HelpLinkUri);
            string page = File.ReadAllText(Path.Combine(pages, rule.Id + ".md"));
            Assert.StartsWith($"# {rule.Id}: {rule.Title}\n", page);
            Assert.All(new[] { "\n## Why\n", "\n## Wrong\n", "\n## Right\n", "\n## Suppress\n" }, heading => Assert.Contains(heading, page));
        }
    }

    [Fact]
    public async Task The_generated_half_of_a_message_is_not_reported_against_the_message()
    {
        Compilation compilation = Harness.GenerateCleanly(Harness.Compile("Sample", """
            using System.Runtime.CompilerServices;
            using ZeroCopySockets;
            namespace Demo;
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct Tick { public uint Quantity; public InlineArray2<int> Levels; public Outer.Inner Inner; }
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct News
            {
                [LengthOf] public ushort Length;
                [Text(8, TextEncoding.Utf8)] public partial string Name { get; set; }
                [Group(Max = 2)] public partial System.ReadOnlySpan<Outer.Inner> Parts { get; set; }
                [Tail(Max = 9)] public partial System.ReadOnlySpan<byte> Body { get; set; }
            }
            public static partial class Outer { [ZeroCopyBuffer] public partial struct Inner { public bool IsLast; } }
            """));

        ImmutableArray<Diagnostic> diagnostics = await compilation
            .WithAnalyzers([new LayoutAnalyzer()])
            .GetAnalyzerDiagnosticsAsync();

        Assert.Empty(diagnostics);
    }
}
