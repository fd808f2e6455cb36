using System.Text.Json;
using Spectre.Console;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Results as a table for people and as JSON for programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    public static void Print(IReadOnlyList<ContestResult> results)
    {
        string[] references = [.. results.SelectMany(result => result.Contestants).Where(one => one.IsReference).Select(one => one.Name).Distinct()];
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("work", "contestant", "per second", "MB/s");
        table.AddColumns([.. references.Select(reference => $"/ {reference}")]);
        table.AddColumns("CPU us/op", "bytes/op", "");
        foreach (ContestResult result in results)
        {
            foreach (ContestantResult one in result.Contestants)
            {
                table.AddRow(
                [
                    one == result.Contestants[0] ? result.Work : "",
                    one.Name,
                    $"{one.PerSecond:N0}",
                    $"{one.PerSecond * result.BytesPerOperation / 1e6:N0}",
                    .. references.Select(reference => Ratio(one, result.Contestants.FirstOrDefault(other => other.Name == reference))),
                    $"{one.CpuSecondsPerOperation * 1e6:0.00}",
                    $"{one.BytesPerOperation:0.0}",
                    one.Errors > 0 ? $"{one.Errors} errors" : one.LoadBound ? "load generator is the limit" : "",
                ]);
            }
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 170);
        AnsiConsole.Write(table);
    }

    public static async Task WriteJsonAsync(string file, string command, IReadOnlyList<ContestResult> results)
    {
        var document = new
        {
            command,
            date = DateTime.UtcNow.ToString("yyyy-MM-dd"),
            machine = $"{Environment.ProcessorCount} processors, {Environment.OSVersion.VersionString}",
            results = results.Select(result => new
            {
                work = result.Work,
                bytesPerOperation = result.BytesPerOperation,
                contestants = result.Contestants.Select(one => new
                {
                    name = one.Name,
                    perSecond = one.PerSecond,
                    cpuSecondsPerOperation = one.CpuSecondsPerOperation,
                    allocatedBytesPerOperation = one.BytesPerOperation,
                    errors = one.Errors,
                    loadBound = one.LoadBound,
                    ratios = result.Contestants.Where(other => other.IsReference && other != one).ToDictionary(other => other.Name, other => one.RatioTo(other)),
                }),
            }),
        };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(document, s_json));
    }

    private static string Ratio(ContestantResult one, ContestantResult? reference) =>
        reference is null || one == reference ? ""
        : one.RatioTo(reference) is { } ratio ? $"{ratio.Median:0.00} ({ratio.Low:0.00}..{ratio.High:0.00})"
        : "none";
}
