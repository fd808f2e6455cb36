using System.Diagnostics;
using System.Globalization;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Native;

namespace ZeroCopySockets.Benchmarks.Echo;

/// <summary>An echo server in its own process on one processor, and the load against it, in C, on another.</summary>
internal sealed class EchoContestant : Contestant
{
    // Busier than this, the load generator is what limits the round trips; unless the server is as busy.
    private const double Busy = 0.97;

    private const int ServerProcessor = 0;
    private static readonly int s_loadProcessor = Environment.ProcessorCount > 1 ? 1 : 0;

    private readonly Process _server;
    private readonly Process _load;
    private readonly bool _isManaged;

    private EchoContestant(string name, bool isReference, Process server, Process load, bool isManaged) : base(name, isReference) =>
        (_server, _load, _isManaged) = (server, load, isManaged);

    /// <summary>One of <see cref="EchoServer"/>'s.</summary>
    public static Task<Contestant> StartManagedAsync(string name, bool isReference, string kind, int connections, int size, bool inlineCompletions = false)
    {
        ProcessStartInfo start = Child.On(ServerProcessor, Environment.ProcessPath!, [.. Self.Arguments, "echo-server", "--kind", kind, "--size", size]);
        if (inlineCompletions)
        {
            start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        }

        return ConnectAsync(name, isReference, Process.Start(start)!, connections, size, isManaged: true);
    }

    /// <summary>The one in C.</summary>
    public static async Task<Contestant> StartNativeAsync(int connections, int size) =>
        await ConnectAsync("C, io_uring", true, await NativePeer.StartPinnedAsync(ServerProcessor, "echo", Math.Max(size, 4096), 1024), connections, size, isManaged: false);

    public override async Task<Slice> RunAsync(TimeSpan duration)
    {
        long allocated = await AllocatedAsync();
        double cpu = ProcessorClock.SecondsOf(_server.Id);
        await _load.StandardInput.WriteLineAsync($"{(int)duration.TotalMilliseconds}");
        await _load.StandardInput.FlushAsync();
        long[] figures = [.. (await _load.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The load against {Name} ended.")).Split(' ').Select(long.Parse)];
        cpu = ProcessorClock.SecondsOf(_server.Id) - cpu;
        double seconds = figures[1] / 1e9;
        return new Slice(figures[0], seconds, cpu, await AllocatedAsync() - allocated, figures[3], figures[2] / 1e9 > Busy * seconds && cpu < Busy * seconds);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (Process process in new[] { _load, _server })
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static async Task<Contestant> ConnectAsync(string name, bool isReference, Process server, int connections, int size, bool isManaged)
    {
        string port = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The server {name} ended.");
        Process load = await NativePeer.StartPinnedAsync(s_loadProcessor, "load", port, connections, size);
        return await load.StandardOutput.ReadLineAsync() == "ready"
            ? new EchoContestant(name, isReference, server, load, isManaged)
            : throw new InvalidOperationException($"The load could not connect to {name}.");
    }

    private async Task<long> AllocatedAsync()
    {
        if (!_isManaged)
        {
            return 0;
        }

        await _server.StandardInput.WriteLineAsync();
        await _server.StandardInput.FlushAsync();
        return long.Parse(await _server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The server {Name} ended."), CultureInfo.InvariantCulture);
    }
}
