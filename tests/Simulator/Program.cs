using System.CommandLine;
using System.Diagnostics;
using ZeroCopySockets.Simulator.Bugs;

namespace ZeroCopySockets.Simulator;

/// <summary>Soaks: seed after seed until one breaks an invariant.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var seeds = new Option<int>("--seeds") { Description = "How many seeds to run, from --first on.", DefaultValueFactory = _ => 1_000 };
        var first = new Option<int>("--first") { Description = "The first of them.", DefaultValueFactory = _ => 1 };
        var seed = new Option<int?>("--seed") { Description = "Runs this seed alone." };
        var trace = new Option<bool>("--trace") { Description = "Prints everything that happens." };
        var bug = new Option<string?>("--bug") { Description = "Plants a bug, which a run should find." };
        bug.AcceptOnlyFromAmong([.. PlantedBugs.All.Select(planted => planted.Name)]);
        var command = new RootCommand("Runs the engine against a simulated kernel with drawn faults and checks its invariants after every step.")
        {
            seeds,
            first,
            seed,
            trace,
            bug,
        };
        command.SetAction(parsed => Soak(
            parsed.GetValue(seed) ?? parsed.GetRequiredValue(first),
            parsed.GetValue(seed) is null ? parsed.GetRequiredValue(seeds) : 1,
            PlantedBugs.All.FirstOrDefault(planted => planted.Name == parsed.GetValue(bug)),
            parsed.GetValue(trace) ? Console.WriteLine : null));
        return command.Parse(arguments).Invoke();
    }

    private static int Soak(int first, int count, PlantedBug? bug, Action<string>? log)
    {
        var clock = Stopwatch.StartNew();
        long steps = 0;
        for (int i = 0; i < count; i++)
        {
            RunResult result = Simulation.Run(first + i, bug, log);
            steps += result.Steps;
            if (result.Violation is not null || count == 1)
            {
                Console.WriteLine(result);
            }

            if (result.Violation is not null)
            {
                return 1;
            }

            if ((i + 1) % 1_000 == 0 || i + 1 == count)
            {
                Console.WriteLine($"{i + 1:N0} seeds, {steps:N0} steps, {(i + 1) / clock.Elapsed.TotalSeconds:N0} seeds/s");
            }
        }

        return 0;
    }
}
