using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Analyzers.Ownership;

namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>
/// Runs the analyzer over a program. A program without a mark must be silent.
/// </summary>
internal static class Check
{
    public static readonly MetadataReference[] References =
        [.. Net100.References.All, MetadataReference.CreateFromFile(typeof(LentToKernelAttribute).Assembly.Location)];

    /// <summary>What is marked, and nothing else, is reported: writes in flight as <c>[|so|]</c>, others as <c>{|ZCS0002:so|}</c>.</summary>
    public static Task Reports(string statements)
    {
        Assert.Contains("|", statements, StringComparison.Ordinal);
        return Program(Programs.InMethod(statements)).RunAsync();
    }

    /// <summary>Nothing is reported.</summary>
    public static Task IsSilent(string statements)
    {
        Assert.DoesNotContain("[|", statements, StringComparison.Ordinal);
        Assert.DoesNotContain("{|", statements, StringComparison.Ordinal);
        return Program(Programs.InMethod(statements)).RunAsync();
    }

    /// <summary>A test of a whole program, to be completed by the caller.</summary>
    public static OwnershipTest Program(string source) => new(source);

    /// <summary>The one diagnostic at mark 0, its sends at the marks from 1 on.</summary>
    public static DiagnosticResult Diagnostic(int sends = 1, DiagnosticDescriptor? rule = null)
    {
        var expected = new DiagnosticResult(rule ?? OwnershipRules.WriteWhileInFlight).WithLocation(0);
        return Enumerable.Range(1, sends).Aggregate(expected, (result, mark) => result.WithLocation(mark));
    }

    internal sealed class OwnershipTest : CSharpAnalyzerTest<OwnershipAnalyzer, DefaultVerifier>
    {
        public OwnershipTest(string source)
        {
            // Most programs leave out the disposal that is not their point.
            DisabledDiagnostics.Add("ZCS0006");
            TestState.Sources.Add(source);
            TestState.Sources.Add(Programs.Tick);

            // Generated code and suppression have tests of their own; trying both on every program would triple the time.
            TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;

            // The references come from a package of this project, so a test run fetches nothing.
            ReferenceAssemblies = new ReferenceAssemblies("net10.0");
            TestState.AdditionalReferences.AddRange(References);
        }

        /// <summary>What <c>[|this|]</c> means.</summary>
        protected override DiagnosticDescriptor GetDefaultDiagnostic(DiagnosticAnalyzer[] analyzers) => OwnershipRules.WriteWhileInFlight;

        protected override ParseOptions CreateParseOptions() =>
            new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Diagnose);

        protected override CompilationOptions CreateCompilationOptions() =>
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
    }
}
