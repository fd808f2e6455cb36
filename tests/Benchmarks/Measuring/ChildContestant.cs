using System.Globalization;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>A contestant in a process of its own, with a load generator or a sink at the other end where it needs one.</summary>
internal sealed class ChildContestant(string name, Role role, Child tested, Child? load = null) : Contestant(name, role)
{
    public override int ProcessId => tested.Id;

    /// <summary>In this process, whose lines come from another: runs a slice for each line in, and tells what came of it.</summary>
    public static async Task<int> ServeAsync(Contestant contestant)
    {
        await using (contestant)
        {
            Console.WriteLine("ready");
            while (await Console.In.ReadLineAsync() is { } line)
            {
                Slice slice = await contestant.RunAsync(TimeSpan.FromMilliseconds(long.Parse(line, CultureInfo.InvariantCulture)));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{slice.Operations} {(long)(slice.Seconds * 1e9)} {(long)(slice.CpuSeconds * 1e9)} {slice.Errors} {slice.AllocatedBytes}"));
            }
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
