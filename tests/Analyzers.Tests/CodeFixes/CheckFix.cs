using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Analyzers.Ownership;
using ZeroCopySockets.Analyzers.Tests.Ownership;

namespace ZeroCopySockets.Analyzers.Tests.CodeFixes;

/// <summary>Applies one fix to a program, to each diagnostic in turn and to all at once, and compares what becomes of it.</summary>
internal static class CheckFix
{
    public static Task Gives<TFix>(string before, string after) where TFix : CodeFixProvider, new() =>
        Program<TFix>(Programs.InMethod(before), Programs.InMethod(after));

    /// <summary>The diagnostic is there, and the fix is not offered for it.</summary>
    public static Task IsNotOffered<TFix>(string statements) where TFix : CodeFixProvider, new() =>
        Gives<TFix>(statements, statements);

    public static Task Program<TFix>(string before, string after) where TFix : CodeFixProvider, new()
    {
        var test = new FixTest<TFix> { TestCode = before, FixedCode = after };
        test.TestState.Sources.Add(Programs.Tick);
        test.FixedState.Sources.Add(Programs.Tick);
        return test.RunAsync();
    }

    private sealed class FixTest<TFix> : CSharpCodeFixTest<OwnershipAnalyzer, TFix, DefaultVerifier> where TFix : CodeFixProvider, new()
    {
        public FixTest()
        {
            ReferenceAssemblies = new ReferenceAssemblies("net10.0");
            TestState.AdditionalReferences.AddRange(Check.References);
            TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;
            CodeFixTestBehaviors = CodeFixTestBehaviors.SkipFixAllInProjectCheck | CodeFixTestBehaviors.SkipFixAllInSolutionCheck;

            // The rules that have no part in the fix would be found as well.
            DisabledDiagnostics.AddRange(RulesOthers);
        }

        private static IEnumerable<string> RulesOthers =>
            OwnershipRules.OfFlow.Append(OwnershipRules.RecycleAwaitedAtOnce).Select(rule => rule.Id).Except(new TFix().FixableDiagnosticIds);

        protected override IEnumerable<DiagnosticAnalyzer> GetDiagnosticAnalyzers() => [new OwnershipAnalyzer(), new RecycleAwaitedAtOnceAnalyzer()];

        protected override DiagnosticDescriptor GetDefaultDiagnostic(DiagnosticAnalyzer[] analyzers) => OwnershipRules.WriteWhileInFlight;

        protected override ParseOptions CreateParseOptions() =>
            new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Diagnose);

        protected override CompilationOptions CreateCompilationOptions() =>
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
    }
}
