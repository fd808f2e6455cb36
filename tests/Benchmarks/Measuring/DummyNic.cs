using System.ComponentModel;
using System.Diagnostics;
using System.Net;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>
/// A network device that takes packets through the whole transmit path and drops them uncopied, in a network namespace of
/// its own: what zero copy costs and saves shows there, and never on loopback, which copies for the receiver. Datagrams that
/// were sent together (UDP_SEGMENT) reach it one by one, cut by the kernel; many cards cut them themselves and spare it that.
/// Loopback is there, too; so are the kernel's tracepoints, for <see cref="SystemCallCounter"/>.
/// </summary>
internal static class DummyNic
{
    private const string InsideVariable = "ZEROCOPYSOCKETS_BENCHMARK_NIC";

    private const string Script = """
        mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
        sysctl -qw net.ipv4.tcp_congestion_control=reno 2>/dev/null
        set -e
        ip link set lo up
        ip link add nic0 type ifb
        ip link set nic0 mtu 65535 gso_max_segs 1
        ip addr add 10.99.0.1/24 dev nic0
        ip link set nic0 txqueuelen 10000 up
        tc qdisc replace dev nic0 root noqueue
        ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:02 nud permanent dev nic0
        exec "$@"
        """;

    public static IPEndPoint Peer { get; } = new(IPAddress.Parse("10.99.0.2"), 9);

    /// <summary>Whether this process runs where the device is.</summary>
    public static bool IsHere => Environment.GetEnvironmentVariable(InsideVariable) is not null;

    /// <exception cref="NotHereException">It is not here.</exception>
    public static void ThrowUnlessHere()
    {
        if (!IsHere)
        {
            throw new NotHereException("the device that does not copy needs root that may make a network namespace, with ip, its ifb, tc and unshare");
        }
    }

    /// <summary>Runs this program again with the device. Null where there is no such device: this process is to go on without.</summary>
    public static async Task<int?> RunInsideAsync(string[] args)
    {
        if (IsHere || !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return null;
        }

        try
        {
            // A first time for nothing: what fails later is the program's own.
            if (await RunAsync("true") == 0)
            {
                return await RunAsync([Environment.ProcessPath!, .. Self.Arguments, .. args]);
            }
        }
        catch (Win32Exception e)
        {
            Console.Error.WriteLine(e.Message); // No unshare.
        }

        Console.Error.WriteLine("The device that does not copy cannot be made here; only loopback is measured.");
        return null;
    }

    private static async Task<int> RunAsync(params string[] command)
    {
        var start = new ProcessStartInfo("unshare", ["--net", "--mount", "sh", "-c", Script, "sh", .. command]);
        start.Environment[InsideVariable] = "1";
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
