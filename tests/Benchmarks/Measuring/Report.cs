using System.Text.Json;
using Spectre.Console;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Results as tables for people and as JSON for programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(IReadOnlyList<ContestResult> results)
    {
        string[] references = [.. results.SelectMany(result => result.Contestants).Where(one => one.Role == Role.Reference).Select(one => one.Name).Distinct()];
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("work", "contestant", "per second", "MB/s");
        table.AddColumns([.. references.Select(reference => $"/ {reference}")]);
        table.AddColumns("CPU us/op", "bytes/call", "calls/op", "load busy", "");
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
                    .. references.Select(reference => Ratio(one, result.Find(reference))),
                    $"{one.CpuSecondsPerOperation * 1e6:0.00}",
                    $"{one.AllocatedPerCall:0.0}",
                    one.SystemCallsPerOperation is { } calls ? $"{calls:0.000}" : "-",
                    one.LoadBusy is { } busy ? $"{busy:P0}" : "-",
                    one.Errors > 0 ? $"{one.Errors} errors" : one.IsLoadBound ? "load generator is the limit" : "",
                ]);
            }

            if (result.Failure is { } failure)
            {
                table.AddRow(result.Work, $"failed: {failure}".EscapeMarkup());
            }
        }

        Write(table);
    }

    /// <summary>However narrow the terminal is, or whatever else the output goes to.</summary>
    public static void Write(Table table)
    {
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 190);
        AnsiConsole.Write(table);
    }

    public static async Task WriteJsonAsync(FileInfo file, ReportDocument document) =>
        await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(document, s_json));

    /// <exception cref="JsonException">It is not a file of ours.</exception>
    public static async Task<ReportDocument> ReadJsonAsync(FileInfo file) =>
        JsonSerializer.Deserialize<ReportDocument>(await File.ReadAllTextAsync(file.FullName), s_json) ?? throw new JsonException($"{file} holds nothing.");

    private static string Ratio(ContestantResult one, ContestantResult? reference) =>
        reference is null || one == reference ? ""
        : one.RatioTo(reference) is { } ratio ? $"{ratio.Median:0.00} ({ratio.Low:0.00}..{ratio.High:0.00})"
        : "none";
}
