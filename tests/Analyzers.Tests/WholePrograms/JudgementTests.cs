using Xunit.Abstractions;
using ZeroCopySockets.AnalyzerLab.Programs;

namespace ZeroCopySockets.Analyzers.Tests.WholePrograms;

/// <summary>Precision and recall over tests/ValidPrograms; docs/ownership.md has the figures and the command that prints them.</summary>
public class JudgementTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_bug_put_into_a_valid_program_is_reported_at_its_line_and_nothing_else_is()
    {
        Judgement judgement = await Judgement.OfAllAsync();
        output.WriteLine(judgement.ToString());
        Assert.Empty(judgement.Missed);
        Assert.Empty(judgement.False);
    }

    [Fact]
    public void Every_valid_program_has_a_broken_twin()
    {
        Assert.True(ValidProgram.All.Length >= 25, $"only {ValidProgram.All.Length} programs");
        Assert.Empty(ValidProgram.All.Select(program => program.Name).Except(Twins.All.Select(twin => twin.Program)));
    }
}
