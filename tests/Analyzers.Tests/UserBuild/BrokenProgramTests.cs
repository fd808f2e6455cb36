using System.Diagnostics;
using System.Reflection;

namespace ZeroCopySockets.Analyzers.Tests.UserBuild;

/// <summary>A user's program with a write in flight, built by <c>dotnet build</c> as a user would.</summary>
public sealed class BrokenProgramTests
{
    private static readonly string s_project = Metadata("BrokenProgram");
    private static readonly string s_configuration = Metadata("Configuration");

    [Fact]
    public async Task A_write_in_flight_is_reported_by_dotnet_build_and_caught_at_run_time_when_the_rule_is_silenced()
    {
        (int built, string output) = await DotnetAsync("build", s_project, "--no-dependencies", "-c", s_configuration, "-t:Rebuild");
        Assert.NotEqual(0, built);
        string error = Assert.Single(output.Split('\n').Where(line => line.Contains(": error ", StringComparison.Ordinal)).Select(line => line.Trim()).Distinct());
        Assert.Contains("Program.cs(16,1)", error, StringComparison.Ordinal);
        Assert.Contains("ZCS0001", error, StringComparison.Ordinal);

        (built, output) = await DotnetAsync("build", s_project, "--no-dependencies", "-c", s_configuration, "-p:NoWarn=ZCS0001");
        Assert.True(built == 0, output);
        (int ended, output) = await DotnetAsync("run", "--project", s_project, "--no-build", "-c", s_configuration);
        Assert.NotEqual(0, ended);
        Assert.Contains("System.InvalidOperationException: ZCS0001", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the write went through", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> DotnetAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        return (process.ExitCode, output + await errors);
    }

    private static string Metadata(string key) =>
        typeof(BrokenProgramTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
