using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Connecting;

/// <summary>
/// How fast connections are accepted that all wait in the backlog: whoever connects has done so before the clock starts, so
/// that nothing but the server is measured.
/// </summary>
internal static class AcceptBenchmark
{
    public const int Connections = 2000;

    public static Work Work { get; } = new($"accept {Connections:N0} connections", 0, TimeSpan.FromMilliseconds(100),
    [
        () => StartAsync("ours", Role.Ours, Accepting.Ours),
        () => StartAsync(Contestant.DotNet, Role.Reference, Accepting.DotNet),
        async () => await ConnectAsync(Contestant.Native, Role.Reference, await Child.StartNativeAsync(Child.TestedProcessor, "accept")),
    ])
    {
        MakesObjects = true,
    };

    private static async Task<Contestant> StartAsync(string name, Role role, string kind)
    {
        if (role == Role.Ours)
        {
            await IoUring.ThrowUnlessHereAsync();
        }

        return await ConnectAsync(name, role, await Child.StartManagedAsync(inlineCompletions: false, ChildPrograms.Accepts, kind));
    }

    private static async Task<Contestant> ConnectAsync(string name, Role role, Child server)
    {
        try
        {
            return new AcceptContestant(name, role, server, await Child.StartNativeAsync(Child.LoadProcessor, "connect", server.Greeting));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private sealed class AcceptContestant(string name, Role role, Child server, Child clients) : Contestant(name, role)
    {
        public override int ProcessId => server.Id;

        public override async Task<Slice> RunAsync(TimeSpan duration)
        {
            // A slice is as long as it takes; one of no length accepts nobody.
            int connections = duration > TimeSpan.Zero ? Connections : 0;
            await clients.RunSliceAsync(connections);
            Slice slice = await server.RunSliceAsync(connections);
            await clients.RunSliceAsync(0);
            return slice;
        }

        public override async ValueTask DisposeAsync()
        {
            await clients.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}
