using System.Text;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>
/// A process that may not use io_uring, as in most containers: a seccomp filter refuses its system calls. Would catch an
/// engine that fails instead of falling back, or that does not say why it did.
/// </summary>
public sealed class ForbiddenIoUringTests
{
    private const string Forbid = "ForbidIoUring.dll";

    [ProbeTheory]
    [InlineData("EPERM", "a seccomp filter blocks it; allow io_uring_setup")]
    [InlineData("ENOSYS", "a seccomp profile hides it")]
    public async Task The_quickstart_runs_on_the_portable_engine_and_says_why(string errno, string reason)
    {
        ProbeRun run = await RunForbiddenAsync(errno, "Quickstart.dll", "--messages", "500");
        Assert.True(run.ExitCode == 0, run.Errors);
        string engine = Assert.Single(run.Output.Split('\n'), line => line.StartsWith("engine: ", StringComparison.Ordinal));
        Assert.StartsWith("engine: portable engine over System.Net.Sockets, because ", engine, StringComparison.Ordinal);
        Assert.Contains(reason, engine, StringComparison.Ordinal);
        Assert.Contains("quickstart: sent=4000 received=4000 recycled=4000 owed=0", run.Output, StringComparison.Ordinal);
    }

    [ProbeTheory]
    [InlineData("EPERM")]
    [InlineData("ENOSYS")]
    public async Task Asking_for_io_uring_by_name_fails_and_says_what_to_change(string errno)
    {
        ProbeRun run = await RunForbiddenAsync(errno, "Quickstart.dll", "--messages", "1", "--engine", "io_uring");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("io_uring does not work here", run.Errors, StringComparison.Ordinal);
        Assert.Contains("seccomp", run.Errors, StringComparison.Ordinal);
    }

    [ProbeTheory]
    [InlineData("EPERM")]
    [InlineData("ENOSYS")]
    public async Task The_doctor_finds_the_obstacle_and_names_the_cure(string errno)
    {
        ProbeRun run = await RunForbiddenAsync(errno, "Doctor.dll");
        Assert.True(run.ExitCode == 1, run.Errors);
        Assert.Contains("no   io_uring: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("engine: portable engine", run.Output, StringComparison.Ordinal);
        Assert.Contains("--security-opt seccomp=profile.json", run.Output, StringComparison.Ordinal);
    }

    [ProbeFact]
    public async Task Where_io_uring_is_allowed_the_doctor_is_content_with_it()
    {
        ProbeRun run = await ProbeRun.StartAsync("Doctor.dll", []);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("yes  io_uring: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("yes  IORING_OP_SEND_ZC: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("engine: io_uring on Linux", run.Output, StringComparison.Ordinal);
    }

    [ProbeFact(portable: true)]
    public async Task A_trace_shows_the_fallback_and_the_engine_that_started()
    {
        // What dotnet-trace records, recorded by the runtime itself.
        string trace = Path.GetTempFileName();
        try
        {
            ProbeRun run = await ProbeRun.StartAsync(
                Forbid,
                ["EPERM", Environment.ProcessPath!, "exec", Path.Combine(AppContext.BaseDirectory, "Doctor.dll")],
                ("DOTNET_EnableEventPipe", "1"),
                ("DOTNET_EventPipeConfig", "ZeroCopySockets:0xFFFFFFFFFFFFFFFF:4"),
                ("DOTNET_EventPipeOutputPath", trace));
            Assert.Equal(1, run.ExitCode);
            byte[] recorded = await File.ReadAllBytesAsync(trace);
            foreach (string expected in new[] { "FellBack", "EngineStarted", "a seccomp filter blocks it", "portable engine over System.Net.Sockets, because" })
            {
                Assert.True(recorded.AsSpan().IndexOf(Encoding.Unicode.GetBytes(expected)) >= 0, $"The trace lacks '{expected}'.");
            }
        }
        finally
        {
            File.Delete(trace);
        }
    }

    private static Task<ProbeRun> RunForbiddenAsync(string errno, string assembly, params string[] arguments) => ProbeRun.StartAsync(
        Forbid,
        [errno, Environment.ProcessPath!, "exec", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments]);
}
