using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Analyzers.Layout;

namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>Runs the layout analyzer over marked-up source: <c>{|ZCS1001:Name|}</c> is where a diagnostic must be, and nowhere else.</summary>
internal sealed class LayoutTest : CSharpAnalyzerTest<LayoutAnalyzer, DefaultVerifier>
{
    public LayoutTest(string source)
    {
        // An empty set: the references come from a package, so that no test run fetches anything.
        ReferenceAssemblies = new ReferenceAssemblies(string.Empty);
        TestState.Sources.Add("using System;\nusing System.Runtime.CompilerServices;\nusing ZeroCopySockets;\n" + source);
        TestState.AdditionalReferences.AddRange(Harness.References);
    }

    public static Task Check(string source) => new LayoutTest(source).RunAsync();

    protected override ParseOptions CreateParseOptions() => Harness.ParseOptions.WithDocumentationMode(DocumentationMode.Parse);
}
