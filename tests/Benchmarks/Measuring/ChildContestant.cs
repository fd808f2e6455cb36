using System.Globalization;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>A contestant in a process of its own, with a load generator or a sink at the other end where it needs one.</summary>
internal sealed class ChildContestant(string name, Role role, Child tested, Child? load = null) : Contestant(name, role)
{
    public override int ProcessId => tested.Id;

    /// <summary>In this process, whose lines come from another: runs a slice for each number that comes in, and tells what came of it.</summary>
    /// <param name="greeting">What it says when it is ready.</param>
    /// <param name="runAsync">Runs a slice: of so many milliseconds, or of so much of whatever it measures.</param>
    public static async Task<int> ServeAsync(string greeting, Func<long, Task<Slice>> runAsync)
    {
        Console.WriteLine(greeting);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Slice slice = await runAsync(long.Parse(line, CultureInfo.InvariantCulture));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{slice.Operations} {(long)(slice.Seconds * 1e9)} {(long)(slice.CpuSeconds * 1e9)} {slice.Errors} {slice.AllocatedBytes}"));
        }

        return 0;
    }

    public override async Task<Slice> RunAsync(TimeSpan duration)
    {
        double? before = load?.CpuSeconds;
        Slice slice = await tested.RunSliceAsync((long)duration.TotalMilliseconds);
        return slice with { LoadSeconds = load?.CpuSeconds - before };
    }

    public override async ValueTask DisposeAsync()
    {
        await tested.DisposeAsync();
        if (load is not null)
        {
            await load.DisposeAsync();
        }
    }
}
