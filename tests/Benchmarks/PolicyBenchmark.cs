using Spectre.Console;

namespace ZeroCopySockets.Benchmarks;

/// <summary>
/// What the adaptive policy costs against the better of always copying and always zero copy, and from which size zero copy
/// pays. Slices of the three take turns, in an order that rotates; a ratio is made within a round, and the median of the
/// rounds counts, so that a machine that wanders takes all three along.
/// </summary>
internal static class PolicyBenchmark
{
    private static readonly ZeroCopyPolicy[] s_policies = [ZeroCopyPolicy.Never, ZeroCopyPolicy.Always, ZeroCopyPolicy.Adaptive];
    private static readonly int[] s_sizes = [256, 512, 1024, 1400, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 32_768, 65_000];

    public static async Task<int> RunAsync(int rounds, TimeSpan slice)
    {
        Workload[] workloads =
        [
            .. from transport in DummyNic.IsHere ? new[] { Transport.Nic, Transport.Tcp } : [Transport.Tcp]
               from onLoop in new[] { false, true }
               from leased in new[] { true, false }
               from size in s_sizes
               select new Workload(transport, size, leased, onLoop),
        ];
        var table = new Table().AddColumns("workload", "copy MB/s", "zero copy", "adaptive / better");
        table.Border = TableBorder.Simple;
        double worst = double.MaxValue;
        Workload? worstAt = null;
        foreach (Workload workload in workloads)
        {
            Console.Error.WriteLine($"{Array.IndexOf(workloads, workload) + 1}/{workloads.Length} {workload}");
            (double copy, double zeroCopyRatio, double adaptive) = await MeasureAsync(workload, rounds, slice);
            table.AddRow($"{workload}", $"{copy / 1e6:N0}", $"{zeroCopyRatio:0.00}x", $"{adaptive:0.000}");
            if (adaptive < worst)
            {
                (worst, worstAt) = (adaptive, workload);
            }
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 120);
        AnsiConsole.Write(table);
        Console.WriteLine($"policy: workloads={workloads.Length} worst={worst:0.000} at=\"{worstAt}\"");
        return 0;
    }

    private static async Task<(double Copy, double ZeroCopyRatio, double AdaptiveRatio)> MeasureAsync(Workload workload, int rounds, TimeSpan slice)
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1, LargeBuffers = 128, MediumBuffers = 512 });
        var senders = new Sender[s_policies.Length];
        var rates = new List<double[]>();
        for (int i = 0; i < senders.Length; i++)
        {
            senders[i] = await Sender.OpenAsync(workload, engine, s_policies[i]);
            await senders[i].RunAsync(slice);
        }

        for (int round = 0; round < rounds; round++)
        {
            double[] rate = new double[senders.Length];
            for (int i = 0; i < senders.Length; i++)
            {
                int turn = (round + i) % senders.Length;
                rate[turn] = await senders[turn].RunAsync(slice);
            }

            rates.Add(rate);
        }

        foreach (Sender sender in senders)
        {
            await sender.DisposeAsync();
        }

        // The better of the two is chosen over all rounds: the better of each round would be the luckier.
        double zeroCopyRatio = Median(rates.Select(rate => rate[1] / rate[0]));
        int better = zeroCopyRatio > 1 ? 1 : 0;
        return (Median(rates.Select(rate => rate[0])), zeroCopyRatio, Median(rates.Select(rate => rate[2] / rate[better])));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
