namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>Protect mode in a process of its own, which must die of the write: a guard that protected nothing would let it live.</summary>
public sealed class PageProtectionTests
{
    [ProbeFact]
    public Task On_io_uring_a_write_in_flight_ends_the_process_at_the_write() => DiesAtTheWrite(EngineKind.IoUring);

    [ProbeFact(portable: true)]
    public Task On_the_portable_engine_a_write_in_flight_ends_the_process_at_the_write() => DiesAtTheWrite(EngineKind.Portable);

    private static async Task DiesAtTheWrite(EngineKind kind)
    {
        ProbeRun run = await ProbeRun.StartAsync("GuardProbe.dll", [$"{kind}"], ("ZEROCOPYSOCKETS_GUARD", "protect"));
        Assert.Contains("written before the send", run.Output, StringComparison.Ordinal);
        Assert.Contains("in flight: True", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("written in flight", run.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(nameof(AccessViolationException), run.Errors, StringComparison.Ordinal);
        Assert.Contains("WriteInFlight", run.Errors, StringComparison.Ordinal);
    }
}
