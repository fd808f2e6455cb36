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
    /// <summary>What adaptive must reach of the better of the two.</summary>
    public const double Bar = 0.97;

    /// <summary>Rounds are added until the median is known to this, either way, or there are as many as allowed.</summary>
    private const double Precision = 0.015;

    private static readonly ZeroCopyPolicy[] s_turns = [ZeroCopyPolicy.Never, ZeroCopyPolicy.Always, ZeroCopyPolicy.Adaptive, ZeroCopyPolicy.Never];
    private static readonly int[] s_sizes = [256, 512, 1024, 1400, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 32_768, 65_000];

    /// <summary>Measures the workloads whose names contain <paramref name="only"/>; none, and says why, where io_uring is not to be had.</summary>
    /// <param name="rounds">Rounds to begin with.</param>
    /// <param name="mostRounds">Rounds to stop at, however badly the median is known.</param>
    /// <param name="slice">One turn.</param>
    /// <param name="only">Part of a workload's name.</param>
    public static async Task<IReadOnlyList<PolicyResult>> MeasureAsync(int rounds, int mostRounds, TimeSpan slice, string only = "")
    {
        try
        {
            await IoUring.ThrowUnlessHereAsync();
        }
        catch (NotHereException e)
        {
            Console.Error.WriteLine($"  policy left out: {e.Message}");
            return [];
        }

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
        var results = new List<PolicyResult>();
        foreach (Workload workload in workloads)
        {
            Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {results.Count + 1}/{workloads.Length} {workload}");
            results.Add(await MeasureAsync(workload, rounds, mostRounds, slice));
        }

        return results;
    }

    public static void Print(IReadOnlyList<PolicyResult> results)
    {
        if (results.MinBy(result => result.Adaptive.Median) is not { } worst)
        {
            return;
        }

        var table = new Table().AddColumns("workload", "copy MB/s", "zero copy", "adaptive / better", "95% interval", "copy / copy", "rounds");
        table.Border = TableBorder.Simple;
        foreach (PolicyResult result in results)
        {
            table.AddRow(result.Workload, $"{result.CopyBytesPerSecond / 1e6:N0}", $"{result.ZeroCopy:0.00}x", $"{result.Adaptive.Median:0.000}",
                $"{result.Adaptive.Low:0.000} .. {result.Adaptive.High:0.000}", $"{result.Control:0.000}", $"{result.Rounds}");
        }

        Report.Write(table);
        int met = results.Count(result => result.Adaptive.Median >= Bar);
        Console.WriteLine($"policy: workloads={results.Count} within3percent={met} worst={worst.Adaptive.Median:0.000} control={worst.Control:0.000} at=\"{worst.Workload}\"");
    }

    private static async Task<PolicyResult> MeasureAsync(Workload workload, int rounds, int mostRounds, TimeSpan slice)
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
            if (adaptive.Reach <= Precision || rates.Count >= mostRounds)
            {
                return new PolicyResult(
                    $"{workload}", Interval.Of(rates.Select(Copy)).Median, zeroCopy, adaptive, Interval.Of(rates.Select(rate => rate[3] / rate[0])).Median, rates.Count);
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
}

/// <summary>One workload under the three policies.</summary>
/// <param name="Workload">Which.</param>
/// <param name="CopyBytesPerSecond">Copying.</param>
/// <param name="ZeroCopy">Zero copy against copying.</param>
/// <param name="Adaptive">Adaptive against the better of the two.</param>
/// <param name="Control">Copying against copying.</param>
/// <param name="Rounds">How many there were.</param>
internal sealed record PolicyResult(string Workload, double CopyBytesPerSecond, double ZeroCopy, Interval Adaptive, double Control, int Rounds);
