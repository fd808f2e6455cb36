using System.Globalization;
using Spectre.Console;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Connecting;

/// <summary>Bytes an idle connection takes in the process that accepted it; what the kernel keeps for it is the same for all.</summary>
/// <param name="Contestant">Whose.</param>
/// <param name="Connections">How many there were.</param>
/// <param name="ManagedOpen">On the managed heap, of a connection that is open.</param>
/// <param name="ResidentOpen">Resident outside it.</param>
/// <param name="ManagedWaiting">On the managed heap, of one whose receive waits.</param>
/// <param name="ResidentWaiting">Resident outside it.</param>
internal sealed record IdleResult(string Contestant, int Connections, double ManagedOpen, double ResidentOpen, double ManagedWaiting, double ResidentWaiting);

/// <summary>The memory of many idle connections.</summary>
internal static class IdleBenchmark
{
    // What is made once, code above all, is made by these, before anything is measured.
    private const int First = 200;

    public static async Task<IReadOnlyList<IdleResult>> RunAsync(int connections, int rounds)
    {
        var results = new List<IdleResult>();
        foreach ((string name, string kind) in new[] { ("ours", Accepting.Ours), (Contestant.DotNet, Accepting.DotNet) })
        {
            try
            {
                var measured = new List<IdleResult>();
                for (int round = 0; round < rounds; round++)
                {
                    Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {connections:N0} idle connections, {name}");
                    measured.Add(await MeasureAsync(name, kind, connections));
                }

                results.Add(new IdleResult(
                    name, connections, Median(one => one.ManagedOpen), Median(one => one.ResidentOpen), Median(one => one.ManagedWaiting), Median(one => one.ResidentWaiting)));

                double Median(Func<IdleResult, double> figure) => Interval.Of(measured.Select(figure)).Median;
            }
            catch (NotHereException e)
            {
                Console.Error.WriteLine($"  left out: {e.Message}");
            }
        }

        return results;
    }

    public static void Print(IReadOnlyList<IdleResult> results)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("bytes per idle connection", "managed, open", "resident besides", "managed, receive waits", "resident besides");
        foreach (IdleResult one in results)
        {
            table.AddRow($"{one.Contestant}, {one.Connections:N0}", $"{one.ManagedOpen:N0}", $"{one.ResidentOpen:N0}", $"{one.ManagedWaiting:N0}", $"{one.ResidentWaiting:N0}");
        }

        Report.Write(table);
    }

    private static async Task<IdleResult> MeasureAsync(string name, string kind, int connections)
    {
        if (kind == Accepting.Ours)
        {
            await IoUring.ThrowUnlessHereAsync();
        }

        await using Child server = await Child.StartManagedAsync(inlineCompletions: false, ChildPrograms.Idle, kind, First + connections);
        await using Child first = await Child.StartNativeAsync(Child.LoadProcessor, "connect", server.Greeting);
        await using Child clients = await Child.StartNativeAsync(Child.LoadProcessor, "connect", server.Greeting);
        await AcceptAsync(first, First);
        (double managed, double resident) before = Parse(await server.AskAsync(0));
        (double managed, double resident) open = await AcceptAsync(clients, connections);
        (double managed, double resident) waiting = Parse(await server.AskAsync(0));
        return new IdleResult(
            name, connections,
            (open.managed - before.managed) / connections, (open.resident - before.resident) / connections,
            (waiting.managed - before.managed) / connections, (waiting.resident - before.resident) / connections);

        async Task<(double Managed, double Resident)> AcceptAsync(Child connecting, int count)
        {
            Task<Slice> connected = connecting.RunSliceAsync(count);
            string memory = await server.AskAsync(count);
            await connected;
            return Parse(memory);
        }
    }

    private static (double Managed, double Resident) Parse(string line) =>
        line.Split(' ') is [var managed, var resident]
            ? (double.Parse(managed, CultureInfo.InvariantCulture), double.Parse(resident, CultureInfo.InvariantCulture))
            : throw new FormatException(line);
}
