using System.Globalization;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Echo;

/// <summary>An echo server in its own process on one processor, and the load against it, in C, on another.</summary>
internal sealed class EchoContestant : Contestant
{
    private readonly Child _server;
    private readonly Child _load;
    private readonly bool _isManaged;

    private EchoContestant(string name, Role role, Child server, Child load, bool isManaged) : base(name, role) =>
        (_server, _load, _isManaged) = (server, load, isManaged);

    public override int ProcessId => _server.Id;

    /// <summary>One of <see cref="EchoServer"/>'s.</summary>
    public static async Task<Contestant> StartManagedAsync(string name, Role role, string kind, int connections, int size, bool inlineCompletions = false)
    {
        if (role == Role.Ours)
        {
            await IoUring.ThrowUnlessHereAsync();
        }

        return await ConnectAsync(name, role, await Child.StartManagedAsync(inlineCompletions, ChildPrograms.EchoServer, kind, size), connections, size, isManaged: true);
    }

    /// <summary>The one in C. Four buffers a connection: as many as it needs, and no more for the cache to hold.</summary>
    public static async Task<Contestant> StartNativeAsync(int connections, int size) =>
        await ConnectAsync(Native, Role.Reference, await Child.StartNativeAsync(Child.TestedProcessor, "echo", size, connections * 4), connections, size, isManaged: false);

    public override async Task<Slice> RunAsync(TimeSpan duration)
    {
        long allocated = await AllocatedAsync();
        double cpu = _server.CpuSeconds;
        Slice slice = await _load.RunSliceAsync((long)duration.TotalMilliseconds);
        return slice with
        {
            LoadSeconds = slice.CpuSeconds,
            CpuSeconds = _server.CpuSeconds - cpu,
            AllocatedBytes = await AllocatedAsync() - allocated,
        };
    }

    public override async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static async Task<Contestant> ConnectAsync(string name, Role role, Child server, int connections, int size, bool isManaged)
    {
        try
        {
            Child load = await Child.StartNativeAsync(Child.LoadProcessor, "load", server.Greeting, connections, size);
            return new EchoContestant(name, role, server, load, isManaged);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task<long> AllocatedAsync() => _isManaged ? long.Parse(await _server.AskAsync(0), CultureInfo.InvariantCulture) : 0;
}
