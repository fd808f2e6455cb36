using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.AnalyzerLab.Programs;

/// <summary>A valid program with one bug put in.</summary>
/// <param name="Program">The program's file, without its extension.</param>
/// <param name="Bug">What goes wrong.</param>
/// <param name="Rule">The rule that must say so.</param>
/// <param name="At">Part of the one line where it must be said.</param>
/// <param name="Edits">What is replaced by what; each text to replace is in the program once.</param>
internal sealed record Twin(string Program, string Bug, string Rule, string At, params (string Old, string New)[] Edits)
{
    /// <summary>The program with its bug.</summary>
    public ValidProgram Compile()
    {
        ValidProgram valid = ValidProgram.Named(Program);
        string source = valid.Source;
        foreach ((string old, string changed) in Edits)
        {
            int at = Once(source, old);
            source = source[..at] + changed + source[(at + old.Length)..];
        }

        ValidProgram broken = valid.With(source);
        Diagnostic? error = broken.Compilation.GetSemanticModel(broken.Tree).GetDiagnostics()
            .FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return error is null ? broken : throw new InvalidOperationException($"The twin of {Program} does not compile: {error}");
    }

    /// <summary>The line of <see cref="At"/> in the broken program, counted from 1.</summary>
    public int ExpectedLine(ValidProgram broken) => broken.Source[..Once(broken.Source, At)].Count(c => c == '\n') + 1;

    private int Once(string source, string text)
    {
        int at = source.IndexOf(text, StringComparison.Ordinal);
        return at >= 0 && source.IndexOf(text, at + 1, StringComparison.Ordinal) < 0
            ? at
            : throw new InvalidOperationException($"'{text}' must be in {Program} exactly once.");
    }
}
