using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Echo;

/// <summary>Round trips over loopback: ours with handlers on the loop and on the thread pool, .NET's socket, C.</summary>
internal static class EchoBenchmark
{
    public const string OnLoop = "ours, on the loop";
    public const string OnThreadPool = "ours, thread pool";

    public static IEnumerable<Work> Works { get; } =
        from size in new[] { 64, 4096, 32_768 } from connections in new[] { 1, 32, 256 } select Echo(size, connections);

    public static string Name(int size, int connections) => $"echo {size:N0} B, {connections} connection{(connections == 1 ? "" : "s")}";

    private static Work Echo(int size, int connections) => new(Name(size, connections), size, TimeSpan.FromMilliseconds(100),
    [
        () => EchoContestant.StartManagedAsync(OnLoop, Role.Ours, EchoServer.OnLoops, connections, size),
        () => EchoContestant.StartManagedAsync(OnThreadPool, Role.Ours, EchoServer.OnThreadPool, connections, size),
        () => EchoContestant.StartManagedAsync(Contestant.DotNet, Role.Reference, EchoServer.OnSocket, connections, size),
        () => EchoContestant.StartManagedAsync(Contestant.DotNetInline, Role.Other, EchoServer.OnSocket, connections, size, inlineCompletions: true),
        () => EchoContestant.StartNativeAsync(connections, size),
    ]);
}
