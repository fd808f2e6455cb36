using System.Text.RegularExpressions;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>The tables of docs/layout.md: what they name exists. A test that is renamed or removed would leave its row without proof.</summary>
public partial class LayoutDocumentTests
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(Snapshot.ProjectDirectory, "..", ".."));

    private static readonly Dictionary<string, string> s_tests = Directory
        .EnumerateFiles(Path.Combine(s_root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
        .Where(path => path.Contains(".Tests" + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        .GroupBy(path => Path.GetFileNameWithoutExtension(path))
        .ToDictionary(group => group.Key, group => string.Concat(group.Select(File.ReadAllText)));

    /// <summary>What is described, what is refused, and the tests.</summary>
    public static TheoryData<string, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (string line in File.ReadLines(Path.Combine(s_root, "docs", "layout.md")))
        {
            // Five cells; the other tables of the document have fewer.
            if (line.Split('|') is ["", string what, _, _, string refused, string tests, ""] && !what.StartsWith("---", StringComparison.Ordinal) && what != " what ")
            {
                rows.Add(what.Trim(), refused, tests);
            }
        }

        return rows;
    }

    [Fact]
    public void There_are_the_rows_of_messages_of_fixed_and_of_variable_size() => Assert.Equal(29, Rows().Count);

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_row_names_tests_and_diagnostics_that_exist(string what, string refused, string tests)
    {
        string? type = null;
        foreach (string name in CodeSpan().Matches(tests).Select(match => match.Groups[1].Value).Where(name => !name.StartsWith("tests/", StringComparison.Ordinal)))
        {
            // A class, a method of it, or another method of the class named before.
            string[] parts = name.Replace("Rows/", "", StringComparison.Ordinal).Split('.');
            type = s_tests.ContainsKey(parts[0]) ? parts[0] : type;
            bool exists = type is not null && (parts[^1] == type || s_tests[type].Contains($" {parts[^1].TrimEnd('…')}", StringComparison.Ordinal));
            Assert.True(exists, $"{what}: there is no {name}.");
        }

        Assert.True(type is not null, $"{what}: no test.");
        foreach (string number in Diagnostic().Matches(refused).Select(match => match.Value))
        {
            Assert.True(File.Exists(Path.Combine(s_root, "docs", "rules", $"ZCS{number}.md")), $"{what}: ZCS{number} has no page.");
            Assert.True(s_tests.Values.Any(text => text.Contains($"ZCS{number}:", StringComparison.Ordinal)), $"{what}: ZCS{number} has no test.");
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("(?<=ZCS|, )1[0-9]{3}")]
    private static partial Regex Diagnostic();
}
