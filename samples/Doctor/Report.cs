using System.Globalization;
using System.Runtime.InteropServices;
using Spectre.Console;
using ZeroCopySockets;

namespace Doctor;

/// <summary>The findings for a person: coloured tables on a terminal, the same words plain where the output is redirected.</summary>
internal static class Report
{
    public static void Write(ZeroCopyEngine engine, KernelCapabilities found, Diagnosis diagnosis)
    {
        if (Console.IsOutputRedirected)
        {
            WritePlain(engine, found, diagnosis);
        }
        else
        {
            WriteTables(engine, found, diagnosis);
        }
    }

    private static IEnumerable<(string Name, string Value)> Limits(ZeroCopyEngine engine, KernelCapabilities found)
    {
        yield return ("system", $"{RuntimeInformation.OSDescription}, kernel {found.KernelVersion}");
        yield return ("locked memory (ulimit -l)", found switch
        {
            { CanExceedLockedMemoryLimit: true } => "not limited (CAP_IPC_LOCK)",
            { LockedMemoryLimit: { } limit } => string.Create(CultureInfo.InvariantCulture, $"{limit / 1024:N0} KiB"),
            _ => "not limited",
        });
        yield return ("descriptors (ulimit -n)", found.DescriptorLimit?.ToString("N0", CultureInfo.InvariantCulture) ?? "not limited");
        yield return ("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        yield return ("loops by default", engine.Loops.Count.ToString(CultureInfo.InvariantCulture));
    }

    private static void WritePlain(ZeroCopyEngine engine, KernelCapabilities found, Diagnosis diagnosis)
    {
        foreach (KernelCapability capability in found.All)
        {
            Console.WriteLine($"{(capability.IsAvailable ? "yes" : "no "),-4} {capability.Name}: {capability.Explanation}");
        }

        foreach ((string name, string value) in Limits(engine, found))
        {
            Console.WriteLine($"{name}: {value}");
        }

        Console.WriteLine($"engine: {engine.Description}");
        foreach (Advice advice in diagnosis.Advice)
        {
            Console.WriteLine($"to change: {advice.Problem}");
            foreach (string command in advice.Commands)
            {
                Console.WriteLine($"  {command}");
            }
        }
    }

    private static void WriteTables(ZeroCopyEngine engine, KernelCapabilities found, Diagnosis diagnosis)
    {
        Table capabilities = new Table().RoundedBorder().Title("what the kernel does").AddColumns("", "capability", "");
        foreach (KernelCapability capability in found.All)
        {
            capabilities.AddRow(capability.IsAvailable ? "[green]yes[/]" : "[red]no[/]", Markup.Escape(capability.Name), Markup.Escape(capability.Explanation));
        }

        Table limits = new Table().RoundedBorder().Title("limits").HideHeaders().AddColumns("", "");
        foreach ((string name, string value) in Limits(engine, found))
        {
            limits.AddRow(Markup.Escape(name), Markup.Escape(value));
        }

        AnsiConsole.Write(capabilities);
        AnsiConsole.Write(limits);
        AnsiConsole.MarkupLineInterpolated($"[bold]engine[/]: {engine.Description}");
        foreach (Advice advice in diagnosis.Advice)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]to change[/]: {advice.Problem}");
            foreach (string command in advice.Commands)
            {
                AnsiConsole.MarkupLineInterpolated($"  [grey]{command}[/]");
            }
        }
    }
}
