using System.Collections.Immutable;
using System.Reflection;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ZeroCopySockets.Generator.Emit;

namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>Compiles source against .NET 10 and the runtime, with the generator in between. Nothing is fetched.</summary>
internal static class Harness
{
    public static CSharpParseOptions ParseOptions { get; } =
        new(LanguageVersion.Preview, DocumentationMode.Diagnose);

    public static ImmutableArray<MetadataReference> References { get; } =
    [
        .. Net100.References.All,
        MetadataReference.CreateFromFile(typeof(ZeroCopyBufferAttribute).Assembly.Location),
    ];

    public static CSharpCompilation Compile(string assembly, params string[] sources) => CSharpCompilation.Create(
        assembly,
        sources.Select((source, i) => CSharpSyntaxTree.ParseText(source, ParseOptions, $"{i}.cs")),
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    public static CSharpGeneratorDriver CreateDriver() => CSharpGeneratorDriver.Create(
        [new MessageGenerator().AsSourceGenerator()],
        parseOptions: ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>
    /// Runs the generator and fails on any warning or error, in the user's code or in the generated, null analysis of the generated
    /// included: a user's build leaves that out.
    /// </summary>
    public static Compilation GenerateCleanly(Compilation compilation)
    {
        Compilation output = Generate(compilation);
        Assert.Empty(WithNullAnalysis(output, compilation.SyntaxTrees).GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning && !IsUndocumentedInput(d)));
        return output;

        // Samples are not documented; what is generated has to be.
        bool IsUndocumentedInput(Diagnostic d) => d.Id == "CS1591" && compilation.SyntaxTrees.Contains(d.Location.SourceTree);
    }

    private static Compilation WithNullAnalysis(Compilation output, IEnumerable<SyntaxTree> users)
    {
        foreach (SyntaxTree tree in output.SyntaxTrees.Except(users))
        {
            string text = tree.GetText().ToString().Replace(SourceFile.WithoutNullAnalysis, "#nullable enable warnings", StringComparison.Ordinal);
            output = output.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(text, ParseOptions, tree.FilePath));
        }

        return output;
    }

    public static Compilation Generate(Compilation compilation)
    {
        CreateDriver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out var diagnostics);
        Assert.Empty(diagnostics);
        return output;
    }

    /// <summary>The text generated for each message, by file name.</summary>
    public static IReadOnlyDictionary<string, string> GeneratedText(params string[] sources) =>
        CreateDriver().RunGenerators(Compile("Sample", sources)).GetRunResult().Results.Single().GeneratedSources
            .ToDictionary(s => s.HintName, s => s.SourceText.ToString());

    /// <summary>A message compiled with overflow checks on, as a user's project may be.</summary>
    public static Type LoadChecked(string source, string message)
    {
        CSharpCompilation compilation = Compile("Checked", source);
        compilation = compilation.WithOptions(compilation.Options.WithOverflowChecks(true));
        return Assembly.Load(Emit(GenerateCleanly(compilation))).GetType(message)!;
    }

    public static byte[] Emit(Compilation compilation)
    {
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));
        return image.ToArray();
    }
}
