using Spectre.Console;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Sending;

namespace ZeroCopySockets.Benchmarks.Policy;

/// <summary>
/// What the adaptive policy costs against the better of always copying and always zero copy, and from which size zero copy
/// pays. One socket and one set of buffers serve all three, so that where memory happens to lie favours none. Their slices
/// take turns, in an order shuffled anew each round, so that none always follows the same other. A ratio is made within a
/// round, and the median of the rounds counts, so that a machine that wanders takes all along; rounds are added until the
/// median is known well enough. Copying has two slices in a round: the ratio of the two, which should be 1, is what the
/// measurement itself is worth.
/// </summary>
internal static class PolicyBenchmark
{
    private const double Bar = 0.97;

    /// <summary>Rounds are added until the median is known to this, either way, or there are ten times as many as asked for.</summary>
    private const double Precision = 0.015;

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
               let workload = new Workload(transport, size, leased, onLoop, onLoop ? 32 : 1)
               where $"{workload}".Contains(only, StringComparison.OrdinalIgnoreCase)
               select workload,
        ];
        if (workloads.Length == 0)
        {
            Console.Error.WriteLine($"No workload's name contains \"{only}\". Example: --only \"TCP, loopback, 65,000 B\".");
            return 1;
        }

        var table = new Table().AddColumns("workload", "copy MB/s", "zero copy", "adaptive / better", "95% interval", "copy / copy", "rounds");
        table.Border = TableBorder.Simple;
        var results = new List<(Workload Workload, Ratios Ratios)>();
        foreach (Workload workload in workloads)
        {
            Console.Error.WriteLine($"{results.Count + 1}/{workloads.Length} {workload}");
            Ratios ratios = await MeasureAsync(workload, rounds, slice);
            results.Add((workload, ratios));
            table.AddRow($"{workload}", $"{ratios.Copy / 1e6:N0}", $"{ratios.ZeroCopy:0.00}x", $"{ratios.Adaptive.Median:0.000}",
                $"{ratios.Adaptive.Low:0.000} .. {ratios.Adaptive.High:0.000}", $"{ratios.Control:0.000}", $"{ratios.Rounds}");
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 150);
        AnsiConsole.Write(table);
        (Workload worst, Ratios lowest) = results.MinBy(result => result.Ratios.Adaptive.Median);
        int met = results.Count(result => result.Ratios.Adaptive.Median >= Bar);
        Console.WriteLine($"policy: workloads={workloads.Length} within3percent={met} worst={lowest.Adaptive.Median:0.000} control={lowest.Control:0.000} at=\"{worst}\"");
        return 0;
    }

    private static async Task<Ratios> MeasureAsync(Workload workload, int rounds, TimeSpan slice)
    {
        await using Sender sender = await Sender.OpenAsync("ours", workload);
        var random = new Random(1);
        var rates = new List<double[]>();

        await RoundAsync();
        while (true)
        {
            for (int round = 0; round < rounds; round++)
            {
                rates.Add(await RoundAsync());
            }

            // The better of the two is chosen over all rounds: the better of each round would be the luckier.
            double zeroCopy = Interval.Of(rates.Select(rate => rate[1] / Copy(rate))).Median;
            Interval adaptive = Interval.Of(rates.Select(rate => rate[2] / (zeroCopy > 1 ? rate[1] : Copy(rate))));
            if (adaptive.Reach <= Precision || rates.Count >= 10 * rounds)
            {
                return new Ratios(
                    Interval.Of(rates.Select(Copy)).Median, zeroCopy, adaptive, Interval.Of(rates.Select(rate => rate[3] / rate[0])).Median, rates.Count);
            }
        }

        static double Copy(double[] rate) => (rate[0] + rate[3]) / 2;

        async Task<double[]> RoundAsync()
        {
            double[] rate = new double[s_turns.Length];
            int[] order = [.. Enumerable.Range(0, s_turns.Length)];
            random.Shuffle(order);
            foreach (int turn in order)
            {
                sender.Policy = s_turns[turn];
                rate[turn] = (await sender.RunAsync(slice)).PerSecond * workload.Size;
            }

            return rate;
        }
    }

    /// <param name="Copy">Bytes per second of copying.</param>
    /// <param name="ZeroCopy">Zero copy against copying.</param>
    /// <param name="Adaptive">Adaptive against the better of the two.</param>
    /// <param name="Control">Copying against copying.</param>
    /// <param name="Rounds">How many there were.</param>
    private sealed record Ratios(double Copy, double ZeroCopy, Interval Adaptive, double Control, int Rounds);
}
