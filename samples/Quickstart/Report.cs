using Spectre.Console;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>The table at the end: a column for each phase.</summary>
internal static class Report
{
    private static readonly (string Name, Func<ZeroCopyStatistics, long> Counter)[] s_reasonsToCopy =
    [
        ("small", s => s.CopiedBelowThreshold),
        ("policy never", s => s.CopiedByPolicyNever),
        ("kernel copies", s => s.CopiedAsKernelCopies),
        ("not supported", s => s.CopiedNotSupported),
        ("no buffer", s => s.CopiedNoBuffer),
        ("no memory", s => s.CopiedNoMemory),
    ];

    public static void WriteTable(IReadOnlyList<Phase> phases)
    {
        Table table = new Table().RoundedBorder().AddColumn("");
        foreach (Phase phase in phases)
        {
            table.AddColumn(new TableColumn(phase.Name).RightAligned());
        }

        void Row(string name, Func<Phase, string> cell) => table.AddRow([name, .. phases.Select(cell)]);

        Row("policy", phase => phase.Policy.ToString().ToLowerInvariant());
        Row("messages sent", phase => $"{phase.Sent:N0}");
        Row("messages verified", phase => $"{phase.Received:N0}");
        Row("bytes sent", phase => $"{phase.SentBytes:N0}");
        Row("zero-copied", phase => $"{phase.Gained(s => s.ZeroCopied):N0}");
        Row("kernel-copied", phase => $"{phase.Gained(s => s.KernelCopied):N0}");
        Row("copied by policy", phase => $"{phase.Gained(s => s.CopiedByPolicy):N0}");
        foreach ((string name, Func<ZeroCopyStatistics, long> counter) in s_reasonsToCopy)
        {
            if (phases.Any(phase => phase.Gained(counter) != 0))
            {
                Row($"  as {name}", phase => $"{phase.Gained(counter):N0}");
            }
        }

        Row("recycled", phase => $"{phase.Recycled:N0}");
        Row("send to recycled p50", phase => Microseconds(phase, 0.50));
        Row("send to recycled p99", phase => Microseconds(phase, 0.99));
        Row("leases still owed", phase => $"{phase.Owed:N0}");
        Row("seconds", phase => $"{phase.Elapsed.TotalSeconds:N2}");
        ConsoleFor(Console.Out).Write(table);
    }

    /// <summary>Everyday sends have nothing to wait for, so nobody measures when their slots return.</summary>
    private static string Microseconds(Phase phase, double quantile) =>
        phase.Recycles.QuantileMicroseconds(quantile) is { } value ? $"{value:N1} µs" : "-";

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
