using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>Bulk data one way over loopback, each sender in a process of its own.</summary>
internal static class StreamBenchmark
{
    public const string Leases = "ours, leases, on the loop";
    public const string OwnMemory = "ours, own memory, on the loop";

    /// <summary>
    /// What every contestant sends from on each connection, in turn: one that sent the same buffer again and again would have it in the
    /// cache. How many of them are under way at once is each one's own: what is fastest for it.
    /// </summary>
    public const int Rotation = 4;

    private const int LowWater = 256 * 1024;

    public static IEnumerable<Work> Works { get; } =
        from size in new[] { 64 * 1024, 1024 * 1024 } from connections in new[] { 1, 8 } select Stream(size, connections);

    public static IEnumerable<string> Names => Works.Select(work => work.Name);

    private static Work Stream(int size, int connections)
    {
        return new Work($"stream {size / 1024:N0} KiB, {connections} connection{(connections == 1 ? "" : "s")}", size, TimeSpan.FromMilliseconds(200),
        [
            () => Ours(Leases, OurStreams.Leases),
            () => Ours(OwnMemory, OurStreams.OwnMemory),
            () => Socket(Contestant.DotNet, Role.Reference, inlineCompletions: false),
            () => Socket(Contestant.DotNetInline, Role.Other, inlineCompletions: true),
            () => Sink.AgainstNativeAsync(LowWater, "stream", connections, size),
        ]);

        Task<Contestant> Ours(string name, string kind) =>
            Sink.AgainstManagedAsync(name, Role.Ours, LowWater, ChildPrograms.OurStreams, kind, connections, size);

        Task<Contestant> Socket(string name, Role role, bool inlineCompletions) =>
            Sink.AgainstManagedAsync(name, role, LowWater, ChildPrograms.SocketStreams, "", connections, size, inlineCompletions);
    }
}
