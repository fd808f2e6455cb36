using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.AnalyzerLab.Programs;

namespace ZeroCopySockets.AnalyzerLab.Fuzz;

/// <param name="Mutations">Programs tried.</param>
/// <param name="Compiling">Those of them the compiler takes.</param>
/// <param name="Failures">What the analyzers threw, each with the seed that brings it about alone.</param>
internal sealed record FuzzResult(int Mutations, int Compiling, ImmutableArray<string> Failures)
{
    public override string ToString() => $"{Mutations} mutations, {Compiling} of them compile, {Failures.Length} failures";
}

/// <summary>Runs the analyzers over mutated programs. An exception in an analyzer is the failure; what it reports is not looked at.</summary>
internal static class Fuzzer
{
    /// <summary>Tries so many mutations; that of seed n is the same in every run, whatever seed the run started from.</summary>
    public static async Task<FuzzResult> RunAsync(int firstSeed, int count)
    {
        var failures = ImmutableArray.CreateBuilder<string>();
        int compiling = 0;
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            var random = new Random(seed);
            ValidProgram program = ValidProgram.All[random.Next(ValidProgram.All.Length)];
            ValidProgram mutated = program.With(Mutation.Of(program.Tree, random));
            compiling += mutated.Compilation.GetSemanticModel(mutated.Tree).GetDiagnostics().All(d => d.Severity != DiagnosticSeverity.Error) ? 1 : 0;
            int ofSeed = seed;
            await OwnershipAnalyzers.AnalyzeAsync(
                mutated.Compilation, mutated.Tree, exception => failures.Add($"seed {ofSeed}, a mutation of {program.Name}: {exception}"));
        }

        return new FuzzResult(count, compiling, failures.ToImmutable());
    }
}
