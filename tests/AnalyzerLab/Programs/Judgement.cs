using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.AnalyzerLab.Programs;

/// <summary>How the rules did over the valid programs and their broken twins.</summary>
/// <param name="Expected">Bugs there are.</param>
/// <param name="Missed">Bugs that were not reported at their line, as sentences.</param>
/// <param name="False">Reports where there is no bug, as sentences.</param>
internal sealed record Judgement(int Expected, ImmutableArray<string> Missed, ImmutableArray<string> False)
{
    public int Flagged => Expected - Missed.Length;

    /// <summary>Of what was reported, the part that is a bug.</summary>
    public double Precision => Flagged + False.Length == 0 ? 1 : (double)Flagged / (Flagged + False.Length);

    /// <summary>Of the bugs, the part that was reported.</summary>
    public double Recall => Expected == 0 ? 1 : (double)Flagged / Expected;

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"flagged {Flagged} / expected {Expected} / false {False.Length}; precision {Precision:P0}, recall {Recall:P0}");

    /// <summary>Judges every valid program and every twin.</summary>
    public static async Task<Judgement> OfAllAsync()
    {
        var missed = ImmutableArray.CreateBuilder<string>();
        var wrong = ImmutableArray.CreateBuilder<string>();
        foreach (ValidProgram program in ValidProgram.All)
        {
            wrong.AddRange((await ReportsAsync(program)).Select(report => $"{program.Name}: {report.Text}"));
        }

        foreach (Twin twin in Twins.All)
        {
            ValidProgram broken = twin.Compile();
            int line = twin.ExpectedLine(broken);
            ImmutableArray<Report> reports = await ReportsAsync(broken);
            if (!reports.Any(report => report.Rule == twin.Rule && report.Line == line))
            {
                missed.Add($"{twin.Program}, {twin.Bug}: no {twin.Rule} on line {line}");
            }

            wrong.AddRange(reports
                .Where(report => report.Rule != twin.Rule || report.Line != line)
                .Select(report => $"{twin.Program}, {twin.Bug}: {report.Text}"));
        }

        return new Judgement(Twins.All.Length, missed.ToImmutable(), wrong.ToImmutable());
    }

    private static async Task<ImmutableArray<Report>> ReportsAsync(ValidProgram program)
    {
        ImmutableArray<Diagnostic> diagnostics = await OwnershipAnalyzers.AnalyzeAsync(
            program.Compilation, program.Tree, exception => throw new InvalidOperationException($"An analyzer failed on {program.Name}.", exception));
        return [.. diagnostics.Select(diagnostic => new Report(
            diagnostic.Id, diagnostic.Location.GetLineSpan().StartLinePosition.Line + 1, diagnostic.ToString()))];
    }

    private sealed record Report(string Rule, int Line, string Text);
}
