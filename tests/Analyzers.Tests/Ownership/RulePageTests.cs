using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>Every rule of either kind has a page in docs/rules that says what the descriptor says, and no page is without a rule.</summary>
public class RulePageTests
{
    private static readonly string s_pages = typeof(RulePageTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RulePages").Value!;

    public static TheoryData<string> OwnershipRuleIds => [.. Rules.Where(rule => rule.Category == "ZeroCopySockets.Ownership").Select(rule => rule.Id)];

    private static List<DiagnosticDescriptor> Rules => [.. typeof(OwnershipAnalyzer).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
        .SelectMany(type => ((DiagnosticAnalyzer)Activator.CreateInstance(type)!).SupportedDiagnostics)
        .DistinctBy(rule => rule.Id)];

    [Fact]
    public void Rules_and_pages_are_the_same()
    {
        var pages = Directory.GetFiles(s_pages, "ZCS*.md").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        Assert.Equal(Rules.Select(rule => rule.Id).Order(StringComparer.Ordinal), pages);
    }

    [Fact]
    public void Every_rule_links_to_its_page() =>
        Assert.All(Rules, rule => Assert.Equal($"https://github.com/zerocopysockets/zerocopysockets/blob/main/docs/rules/{rule.Id}.md", rule.HelpLinkUri));

    [Theory]
    [MemberData(nameof(OwnershipRuleIds))]
    public void A_page_says_what_its_rule_says(string id)
    {
        var rule = Rules.Single(rule => rule.Id == id);
        var page = File.ReadAllLines(Path.Combine(s_pages, id + ".md"));
        Assert.Equal($"# {id}: {rule.Title}", page[0]);
        Assert.Contains($"| Category | `{rule.Category}` |", page);
        Assert.Contains($"| Severity | {rule.DefaultSeverity} |", page);
        string[] sections = ["## What", "## Why", "## Wrong", "## Right", "## What it does not see", "## How to suppress it"];
        Assert.All(sections, section => Assert.Contains(section, page));
        Assert.Contains($"dotnet_diagnostic.{id}.severity", string.Join('\n', page), StringComparison.Ordinal);
    }
}
