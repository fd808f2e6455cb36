using System.Diagnostics;
using System.Text.Json;

namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>
/// Zero copy that really is one: loopback copies every datagram for its receiver, but a dummy device in a network
/// namespace of its own takes it through the whole transmit path and drops it uncopied. Catches whatever makes the kernel
/// fall back to copying (a buffer that is not registered, a wrong flag), which loopback cannot show.
/// </summary>
public sealed class DummyNicTests
{
    private const int Datagrams = 300;

    /// <summary>Makes the device, runs the probe that is given as arguments, then prints what the device counted.</summary>
    private const string Script = """
        set -e
        ip link set lo up
        ip link add nic0 type ifb
        if [ -e /proc/sys/net/ipv6/conf/nic0/disable_ipv6 ]; then echo 1 > /proc/sys/net/ipv6/conf/nic0/disable_ipv6; fi
        ip link set nic0 mtu 65535
        ip addr add 10.99.0.1/24 dev nic0
        ip link set nic0 txqueuelen 10000 up
        tc qdisc replace dev nic0 root noqueue
        ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:02 nud permanent dev nic0
        "$@"
        ip -s -j link show dev nic0
        """;

    [DummyNicTheory]
    [InlineData("message", 8192, "Always")]
    [InlineData("message", 8192, "Adaptive")]
    [InlineData("lease", 8192, "Always")]
    [InlineData("lease", 8192, "Adaptive")]
    [InlineData("lease", 65_000, "Always")]
    [InlineData("lease", 65_000, "Adaptive")]
    [InlineData("memory", 8192, "Always")]
    [InlineData("memory", 8192, "Adaptive")]
    [InlineData("memory", 65_000, "Always")]
    [InlineData("memory", 65_000, "Adaptive")]
    [InlineData("leases", 65_000, "Always")]
    [InlineData("leases", 65_000, "Adaptive")]
    [InlineData("mixed", 65_000, "Adaptive")]
    public async Task Every_datagram_leaves_without_a_copy(string form, int size, string policy)
    {
        (JsonElement counted, long left) = await ProbeAsync(form, policy, size);
        Assert.Equal(Datagrams, left);
        Assert.Equal(Datagrams, Count(counted, nameof(ZeroCopyStatistics.ZeroCopied)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.KernelCopied)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.CopiedByPolicy)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.OwedNotifications)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.StaleCompletions)));
    }

    [DummyNicTheory]
    [InlineData(8192, "Always", 2)]
    [InlineData(8192, "Adaptive", 2)]
    [InlineData(1400, "Adaptive", 1)]
    [InlineData(65_000, "Adaptive", 10)]
    public async Task Datagrams_in_a_window_leave_together_without_a_copy(int size, string policy, int packetsPerWindow)
    {
        (JsonElement counted, long left) = await ProbeAsync("window", policy, size);
        // The device cuts no packets: it counts them as the kernel made them. The first of a window may go at once.
        int windows = Datagrams / 10;
        Assert.InRange(left, windows * packetsPerWindow, Environment.OSVersion.Version >= new Version(6, 18) ? windows * (packetsPerWindow + 1) : Datagrams);
        Assert.Equal(Datagrams, Count(counted, nameof(ZeroCopyStatistics.ZeroCopied)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.KernelCopied)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.CopiedByPolicy)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.OwedNotifications)));
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.StaleCompletions)));
    }

    [DummyNicTheory]
    [InlineData("lease", 8192, "Never", nameof(ZeroCopyStatistics.CopiedByPolicyNever))]
    [InlineData("lease", 1000, "Adaptive", nameof(ZeroCopyStatistics.CopiedBelowThreshold))]
    public async Task Datagrams_that_are_to_be_copied_leave_copied_and_counted_by_reason(string form, int size, string policy, string reason)
    {
        (JsonElement counted, long left) = await ProbeAsync(form, policy, size);
        Assert.Equal(Datagrams, left);
        Assert.Equal(0, Count(counted, nameof(ZeroCopyStatistics.ZeroCopied)));
        Assert.Equal(Datagrams, Count(counted, reason));
    }

    private static long Count(JsonElement statistics, string name) => statistics.GetProperty(name).GetInt64();

    /// <summary>Runs the probe in a namespace: what its engine counted, and how many packets reached the device.</summary>
    private static async Task<(JsonElement Counted, long Left)> ProbeAsync(string form, string policy, int size)
    {
        string probe = Path.Combine(AppContext.BaseDirectory, "DummyNicProbe.dll");
        var start = new ProcessStartInfo(
            "unshare",
            ["-n", "sh", "-c", Script, "sh", Environment.ProcessPath!, "exec", probe, form, policy, $"{size}", $"{Datagrams}", "10.99.0.2:9"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("The probe hangs.");
        }

        Assert.True(process.ExitCode == 0, $"The probe ended with {process.ExitCode}: {await errors}");
        string[] lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);

        // An ifb counts what is transmitted into it as received, and drops it.
        JsonElement device = JsonSerializer.Deserialize<JsonElement>(lines[1])[0];
        return (JsonSerializer.Deserialize<JsonElement>(lines[0]), device.GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64());
    }
}

/// <summary>A test that needs the dummy device; skipped with the reason where it cannot be made.</summary>
public sealed class DummyNicTheoryAttribute : TheoryAttribute
{
    private static readonly Lazy<string?> s_missing = new(FindMissing);

    /// <summary>Marks the test.</summary>
    public DummyNicTheoryAttribute() => Skip = s_missing.Value;

    private static string? FindMissing()
    {
        if ((Conditions.NoIoUring ?? Conditions.NoRoot) is { } reason)
        {
            return reason;
        }

        if (!Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.Ordinal))
        {
            return "needs to run under the dotnet host, to start the probe with it";
        }

        try
        {
            var start = new ProcessStartInfo("unshare", ["-n", "sh", "-c", "ip link add nic0 type ifb && tc qdisc show"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            string problem = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"needs a network namespace with an ifb device (unshare, ip, tc): {problem.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"needs unshare: {e.Message}";
        }
    }
}
