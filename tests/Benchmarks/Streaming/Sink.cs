using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>Senders in processes of their own, each with a sink in C on the other processor.</summary>
internal static class Sink
{
    /// <summary>One of <see cref="ChildPrograms"/>, which is given the port before its other arguments.</summary>
    public static async Task<Contestant> AgainstManagedAsync(
        string name, Role role, int lowWater, string program, string kind, int connections, int size, bool inlineCompletions = false)
    {
        if (role == Role.Ours)
        {
            await IoUring.ThrowUnlessHereAsync();
        }

        return await AgainstAsync(name, role, lowWater, port => Child.StartManagedAsync(inlineCompletions, program, kind, port, connections, size));
    }

    /// <summary>The sender in C.</summary>
    public static Task<Contestant> AgainstNativeAsync(int lowWater, string mode, int connections, int size) =>
        AgainstAsync(Contestant.Native, Role.Reference, lowWater, port => Child.StartNativeAsync(Child.TestedProcessor, "send_tcp", mode, port, connections, size));

    private static async Task<Contestant> AgainstAsync(string name, Role role, int lowWater, Func<string, Task<Child>> startAsync)
    {
        Child sink = await Child.StartNativeAsync(Child.LoadProcessor, "sink", lowWater);
        try
        {
            return new ChildContestant(name, role, await startAsync(sink.Greeting), sink);
        }
        catch
        {
            await sink.DisposeAsync();
            throw;
        }
    }
}
