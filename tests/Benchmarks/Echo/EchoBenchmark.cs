using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Echo;

/// <summary>Round trips over loopback: ours with handlers on the loop and on the thread pool, .NET's socket, C.</summary>
internal static class EchoBenchmark
{
    public static async Task<IReadOnlyList<ContestResult>> RunAsync(ContestOptions options, string only)
    {
        var results = new List<ContestResult>();
        foreach (int size in new[] { 64, 4096, 32_768 })
        {
            foreach (int connections in new[] { 1, 32, 256 })
            {
                string work = $"echo {size:N0} B, {connections} connection{(connections == 1 ? "" : "s")}";
                if (!work.Contains(only, StringComparison.OrdinalIgnoreCase))
                {
                    continue;
                }

                Console.Error.WriteLine(work);
                results.Add(await Contest.RunAsync(work, size,
                [
                    () => EchoContestant.StartManagedAsync("ours, on the loop", false, EchoServer.OnLoops, connections, size),
                    () => EchoContestant.StartManagedAsync("ours, thread pool", false, EchoServer.OnThreadPool, connections, size),
                    () => EchoContestant.StartManagedAsync("Socket", true, EchoServer.OnSocket, connections, size),
                    () => EchoContestant.StartManagedAsync("Socket, inline", false, EchoServer.OnSocket, connections, size, inlineCompletions: true),
                    () => EchoContestant.StartNativeAsync(connections, size),
                ], options));
            }
        }

        return results;
    }
}
