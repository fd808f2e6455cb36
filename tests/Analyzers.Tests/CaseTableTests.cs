using System.Reflection;
using System.Text.RegularExpressions;

namespace ZeroCopySockets.Analyzers.Tests;

public partial class CaseTableTests
{
    [Fact]
    public void Every_test_the_readme_names_exists()
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var named = TestName().Matches(readme).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(named.Count > 80, $"only {named.Count} tests are named");
        var existing = typeof(CaseTableTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(IsTest).Select(method => $"{type.Name}.{method.Name}"));
        Assert.Empty(named.Except(existing));
    }

    private static bool IsTest(MethodInfo method) => method.GetCustomAttributes<FactAttribute>().Any();

    [GeneratedRegex("`([A-Za-z]+Tests\\.[A-Za-z_]+)`")]
    private static partial Regex TestName();
}
