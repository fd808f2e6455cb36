using Spectre.Console;

namespace ZeroCopySockets.Benchmarks;

/// <summary>
/// What the adaptive policy costs against the better of always copying and always zero copy, and from which size zero copy
/// pays. One socket and one set of buffers serve all three, so that where memory happens to lie favours none. Their slices
/// take turns, in an order shuffled anew each round, so that none always follows the same other; a ratio is made within a round, and the median of the rounds counts, so that a
/// machine that wanders takes all along. Copying has two slices in a round: the ratio of the two, which should be 1, is what
/// the measurement itself is worth.
/// </summary>
internal static class PolicyBenchmark
{
    private const double Bar = 0.97;

    private static readonly ZeroCopyPolicy[] s_turns = [ZeroCopyPolicy.Never, ZeroCopyPolicy.Always, ZeroCopyPolicy.Adaptive, ZeroCopyPolicy.Never];
    private static readonly int[] s_sizes = [256, 512, 1024, 1400, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 32_768, 65_000];

    public static async Task<int> RunAsync(int rounds, TimeSpan slice, string only)
    {
        Workload[] workloads =
        [
            .. from transport in DummyNic.IsHere ? new[] { Transport.Nic, Transport.Tcp } : [Transport.Tcp]
               from onLoop in new[] { false, true }
               from leased in new[] { true, false }
               from size in s_sizes
               let workload = new Workload(transport, size, leased, onLoop)
               where $"{workload}".Contains(only, StringComparison.OrdinalIgnoreCase)
               select workload,
        ];
        if (workloads.Length == 0)
        {
            Console.Error.WriteLine($"No workload's name contains \"{only}\". Example: --only \"TCP, loopback, 65,000 B\".");
            return 1;
        }

        var table = new Table().AddColumns("workload", "copy MB/s", "zero copy", "adaptive / better", "copy / copy");
        table.Border = TableBorder.Simple;
        var results = new List<(Workload Workload, Ratios Ratios)>();
        foreach (Workload workload in workloads)
        {
            Console.Error.WriteLine($"{results.Count + 1}/{workloads.Length} {workload}");
            Ratios ratios = await MeasureAsync(workload, rounds, slice);
            results.Add((workload, ratios));
            table.AddRow($"{workload}", $"{ratios.Copy / 1e6:N0}", $"{ratios.ZeroCopy:0.00}x", $"{ratios.Adaptive:0.000}", $"{ratios.Control:0.000}");
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 130);
        AnsiConsole.Write(table);
        (Workload worst, Ratios lowest) = results.MinBy(result => result.Ratios.Adaptive);
        int met = results.Count(result => result.Ratios.Adaptive >= Bar);
        Console.WriteLine($"policy: workloads={workloads.Length} within3percent={met} worst={lowest.Adaptive:0.000} control={lowest.Control:0.000} at=\"{worst}\"");
        return 0;
    }

    private static async Task<Ratios> MeasureAsync(Workload workload, int rounds, TimeSpan slice)
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1, LargeBuffers = 128, MediumBuffers = 512 });
        await using Sender sender = await Sender.OpenAsync(workload, engine);
        var random = new Random(1);
        var rates = new List<double[]>();

        // The first round warms up.
        for (int round = 0; round <= rounds; round++)
        {
            double[] rate = new double[s_turns.Length];
            int[] order = [.. Enumerable.Range(0, s_turns.Length)];
            random.Shuffle(order);
            foreach (int turn in order)
            {
                rate[turn] = await sender.RunAsync(s_turns[turn], slice);
            }

            rates.Add(rate);
        }

        rates.RemoveAt(0);

        // The better of the two is chosen over all rounds: the better of each round would be the luckier.
        static double Copy(double[] rate) => (rate[0] + rate[3]) / 2;
        double zeroCopy = Median(rates.Select(rate => rate[1] / Copy(rate)));
        return new Ratios(
            Median(rates.Select(Copy)),
            zeroCopy,
            Median(rates.Select(rate => rate[2] / (zeroCopy > 1 ? rate[1] : Copy(rate)))),
            Median(rates.Select(rate => rate[3] / rate[0])));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <param name="Copy">Bytes per second of copying.</param>
    /// <param name="ZeroCopy">Zero copy against copying.</param>
    /// <param name="Adaptive">Adaptive against the better of the two.</param>
    /// <param name="Control">Copying against copying.</param>
    private sealed record Ratios(double Copy, double ZeroCopy, double Adaptive, double Control);
}
