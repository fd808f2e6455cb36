using System.Diagnostics;

namespace ZeroCopySockets.Runtime.Tests;

/// <summary>One run of a small program of ours in a process of its own, to the end.</summary>
internal sealed record ProbeRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Why no probe can be started; null where one can.</summary>
    public static string? Missing { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.Ordinal)
        ? null
        : "needs to run under the dotnet host, to start the probe with it";

    /// <param name="assembly">The probe, beside the tests or with its whole path.</param>
    /// <param name="arguments">For it.</param>
    /// <param name="environment">Variables beside our own.</param>
    public static async Task<ProbeRun> StartAsync(string assembly, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        string directory = Directory.CreateTempSubdirectory("zerocopysockets-probe-").FullName;
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["exec", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                // A probe that crashes on purpose leaves no core file in the tree.
                WorkingDirectory = directory,
            };
            foreach ((string name, string value) in environment)
            {
                start.Environment[name] = value;
            }

            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"The probe hangs: {await output} {await errors}");
            }

            return new ProbeRun(process.ExitCode, await output, await errors);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

/// <summary>A test that starts a probe on Linux; skipped with the reason where it cannot.</summary>
public sealed class ProbeFactAttribute : FactAttribute
{
    /// <summary>Marks the test.</summary>
    /// <param name="portable">It needs no io_uring.</param>
    public ProbeFactAttribute(bool portable = false) =>
        Skip = !OperatingSystem.IsLinux() ? "needs Linux" : ProbeRun.Missing ?? (portable ? null : Conditions.NoIoUring);
}

/// <summary>As <see cref="ProbeFactAttribute"/>, with cases.</summary>
public sealed class ProbeTheoryAttribute : TheoryAttribute
{
    /// <summary>Marks the test.</summary>
    /// <param name="needsIoUring">It means nothing without io_uring.</param>
    public ProbeTheoryAttribute(bool needsIoUring = false) =>
        Skip = !OperatingSystem.IsLinux() ? "needs Linux" : ProbeRun.Missing ?? (needsIoUring ? Conditions.NoIoUring : null);
}
