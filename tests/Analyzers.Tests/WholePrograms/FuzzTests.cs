using Xunit.Abstractions;
using ZeroCopySockets.AnalyzerLab.Fuzz;

namespace ZeroCopySockets.Analyzers.Tests.WholePrograms;

/// <summary>
/// Programs mutated at random. ZCS_ANALYZER_MUTATIONS asks for more of them, ZCS_ANALYZER_SEED for others:
/// a failure names the seed of the one mutation that causes it.
/// </summary>
public class FuzzTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_mutation_of_a_valid_program_makes_an_analyzer_throw()
    {
        int count = Setting("ZCS_ANALYZER_MUTATIONS", 200);
        FuzzResult result = await Fuzzer.RunAsync(Setting("ZCS_ANALYZER_SEED", 1), count);
        output.WriteLine(result.ToString());
        Assert.Empty(result.Failures);

        // Most mutations leave code that does not compile, as while typing; those that do compile must be there as well.
        Assert.InRange(result.Compiling, 1, count - 1);
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
}
