using Spectre.Console;

namespace ZeroCopySockets.Stress;

/// <summary>The table and the last line.</summary>
internal static class Report
{
    /// <summary>True when nothing is wrong.</summary>
    public static bool Write(Run run)
    {
        Tally tally = run.Tally;
        ZeroCopyStatistics books = run.Statistics;
        Table table = new Table().RoundedBorder().HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());
        void Row(string name, string value) => table.AddRow(name, value);
        Row("connections", $"{tally.Streams:N0}");
        Row("datagram sockets", $"{tally.DatagramSockets:N0}");
        Row("frames verified", $"{tally.Frames:N0}");
        Row("bytes verified", $"{tally.Bytes:N0}");
        Row("datagrams verified", $"{tally.Datagrams:N0}");
        Row("sends and receives cancelled", $"{tally.Cancelled:N0}");
        Row("sends and receives broken off", $"{tally.Broken:N0}");
        Row("zero-copied", $"{books.ZeroCopied:N0}");
        Row("kernel-copied", $"{books.KernelCopied:N0}");
        Row("copied by policy", $"{books.CopiedByPolicy:N0}");
        Row("  as no buffer", $"{books.CopiedNoBuffer:N0}");
        Row("leased / in flight / quarantined", $"{books.LeasedBuffers:N0} / {books.InFlightBuffers:N0} / {books.QuarantinedBuffers:N0}");
        Row("completions of nobody", $"{books.StaleCompletions:N0}");
        Row("resident memory, mean", $"{run.Memory.MeanMebibytes:N0} MiB");
        Row("resident memory, trend", $"{run.Memory.Growth.Mebibytes:+0.0;-0.0} ± {run.Memory.Growth.Error:0.0} MiB");
        Row("seconds", $"{run.Elapsed.TotalSeconds:N1}");
        ConsoleFor(Console.Out).Write(table);
        foreach (string failure in tally.Failures)
        {
            Console.Error.WriteLine($"failure: {failure}");
        }

        foreach (string descriptor in run.LeakedDescriptors)
        {
            Console.Error.WriteLine($"leaked: {descriptor}");
        }

        Console.WriteLine($"stress: connections={tally.Streams} frames={tally.Frames} failures={tally.FailureCount} owed={books.OwedNotifications} "
            + $"leased={books.LeasedBuffers} quarantined={books.QuarantinedBuffers} stale={books.StaleCompletions} leakedFds={run.LeakedDescriptors.Count} "
            + $"rssGrowthMiB={run.Memory.Growth.Mebibytes:0.0} rssFlat={(run.Memory.IsFlat ? "yes" : "no")}");
        return tally is { FailureCount: 0, Streams: > 0 }
            && books is { OwedNotifications: 0, LeasedBuffers: 0, InFlightBuffers: 0, QuarantinedBuffers: 0, StaleCompletions: 0 }
            && run.LeakedDescriptors.Count == 0
            && run.Memory.IsFlat;
    }

    private static IAnsiConsole ConsoleFor(TextWriter output)
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        plain.Profile.Width = 120;
        return plain;
    }
}
