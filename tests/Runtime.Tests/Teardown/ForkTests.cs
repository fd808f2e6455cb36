using System.Diagnostics;
using System.Globalization;

namespace ZeroCopySockets.Runtime.Tests.Teardown;

/// <summary>
/// Child processes: they inherit no ring, no socket and no buffer, whatever is in flight when they start. A child with the
/// descriptor of a socket would keep its connection open; one with the slab would turn its pages copy-on-write, and this
/// process would write where the kernel no longer reads.
/// </summary>
[NeedsIoUring]
public sealed class ForkTests() : EngineSuite(EngineKind.IoUring)
{
    private static readonly ZeroCopyOptions s_options = new() { Policy = ZeroCopyPolicy.Always, LoopCount = 2 };

    [EngineFact]
    public Task A_child_started_with_sends_in_flight_has_no_ring_and_no_socket_and_harms_no_byte() => OnEngine(s_options, async engine =>
    {
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        await using TcpPair accepted = await TcpPair.ConnectAsync(engine);
        using BufferLease lease = engine.Rent(65_536);
        byte[] bytes = Payload.Make(65_536);
        bytes.CopyTo(lease.Edit());
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        Assert.True(lease.IsInFlight);

        // It waits for its input to end, and so is there to be looked at.
        using Process child = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await child.StandardInput.WriteLineAsync("ready");
        await child.StandardInput.FlushAsync();
        Assert.Equal("ready", await child.StandardOutput.ReadLineAsync());
        string[] inherited = [.. Descriptors(child.Id).Where(target => target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal))];
        child.StandardInput.Close();
        await child.WaitForExitAsync();
        Assert.Empty(inherited);

        Assert.Equal(bytes, await pair.ReadPeerAsync(bytes.Length));
        await sent.Recycled;
        lease.Edit().Fill(9);
        await pair.Socket.SendZeroCopyAsync(lease);
        Assert.Equal(-1, (await pair.ReadPeerAsync(65_536)).AsSpan().IndexOfAnyExcept((byte)9));
    });

    [EngineFact]
    public Task Every_ring_eventfd_and_socket_is_closed_when_another_program_is_executed() => OnEngine(s_options, async engine =>
    {
        const int OpenCloexec = 0x80000; // O_CLOEXEC of x86-64 and arm64, asm-generic/fcntl.h.
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        int checkedCount = 0;
        foreach (string path in Directory.GetFiles("/proc/self/fd"))
        {
            string? target = Target(path);
            if (target is null || !(target.Contains("io_uring", StringComparison.Ordinal) || target.Contains("eventfd", StringComparison.Ordinal) || target.StartsWith("socket:", StringComparison.Ordinal)))
            {
                continue;
            }

            try
            {
                string flags = File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(path)}").First(line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..].Trim();
                Assert.True((Convert.ToInt64(flags, 8) & OpenCloexec) != 0, $"{path}, {target}, would be inherited.");
                checkedCount++;
            }
            catch (IOException)
            {
                // Another test's, closed meanwhile.
            }
        }

        // Two loops with two rings and an eventfd each, and both ends of the connection.
        Assert.True(checkedCount >= 8, $"Only {checkedCount} descriptors were found.");
    });

    [EngineFact]
    public Task The_slab_is_not_inherited() => OnEngine(s_options, engine =>
    {
        nuint start;
        nuint end;
        unsafe
        {
            start = (nuint)engine.Pool.Slab.Address;
            end = start + engine.Pool.Slab.Length;
        }

        nuint covered = 0;
        bool inside = false;
        nuint overlap = 0;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (TryParseRange(line, out nuint from, out nuint to))
            {
                overlap = from < end && to > start ? (nuint)Math.Min(to, end) - (nuint)Math.Max(from, start) : 0;
                inside = overlap != 0;
            }
            else if (inside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                // proc_pid_smaps(5): dc, "do not copy area on fork".
                Assert.Contains("dc", line["VmFlags:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
                covered += overlap;
            }
        }

        Assert.Equal(end - start, covered);
        return Task.CompletedTask;
    });

    private static bool TryParseRange(string line, out nuint from, out nuint to)
    {
        from = to = 0;
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return dash > 0 && space > dash
            && nuint.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out from)
            && nuint.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out to);
    }

    private static IEnumerable<string> Descriptors(int process) =>
        Directory.GetFiles($"/proc/{process}/fd").Select(Target).OfType<string>();

    private static string? Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
