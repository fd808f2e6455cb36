using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ZeroCopySockets.Generator;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>The sources of one compilation, parsed anew each time it is compiled.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Assembly">The name of the assembly, which says whose internals it may use.</param>
/// <param name="Sources">The text of its files.</param>
/// <param name="References">What it is compiled against.</param>
/// <param name="Kind">A library or a program.</param>
internal sealed record SourceSet(
    string Name, string Assembly, ImmutableArray<string> Sources, ImmutableArray<MetadataReference> References, OutputKind Kind)
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private const string TestUsings = "global using Xunit;";

    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);

    private static readonly MetadataReference s_runtime = MetadataReference.CreateFromFile(typeof(BufferLease).Assembly.Location);

    public int Lines => Sources.Sum(source => source.Count(c => c == '\n') + 1);

    /// <summary>This repository's own projects that use the library: those that have been built, whose output has what they refer to.</summary>
    public static IEnumerable<SourceSet> OfRepository()
    {
        string root = typeof(SourceSet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Repository").Value!;
        foreach ((string folder, string assembly, OutputKind kind) in new[]
        {
            ("samples/Quickstart", "Quickstart", OutputKind.ConsoleApplication),
            ("samples/Rtp", "Rtp", OutputKind.ConsoleApplication),
            ("samples/MarketData", "MarketData", OutputKind.ConsoleApplication),
            ("tests/Runtime.Tests", "ZeroCopySockets.Runtime.Tests", OutputKind.DynamicallyLinkedLibrary),
            ("tests/ValidPrograms", "ZeroCopySockets.ValidPrograms", OutputKind.DynamicallyLinkedLibrary),
            ("tests/Simulator", "ZeroCopySockets.Simulator", OutputKind.ConsoleApplication),
            ("tests/Stress", "Stress", OutputKind.ConsoleApplication),
        })
        {
            string output = Path.Combine(root, folder, "bin/Release/net10.0");
            if (File.Exists(Path.Combine(output, assembly + ".dll")))
            {
                yield return OfFolder(Path.Combine(root, folder), folder, assembly, ReferencesIn(output, assembly), kind);
            }
            else
            {
                Console.Error.WriteLine($"{folder} is left out: it has not been built (dotnet build -c Release)");
            }
        }
    }

    /// <summary>Generated files: as many lines as a large application has.</summary>
    public static SourceSet OfBulk(int files) => new(
        "generated bulk", "Bulk", [ImplicitUsings, .. Bulk.Files(files)], [.. Net100.References.All, s_runtime], OutputKind.DynamicallyLinkedLibrary);

    /// <summary>One method that long.</summary>
    public static SourceSet OfLargeMethod(int lines) => new(
        $"a method of {lines} lines", "Large", [ImplicitUsings, Bulk.LargeMethod(lines)], [.. Net100.References.All, s_runtime], OutputKind.DynamicallyLinkedLibrary);

    /// <summary>Parsed, and what the generator adds.</summary>
    public Compilation Compile()
    {
        var written = CSharpCompilation.Create(
            Assembly,
            Sources.Select(source => CSharpSyntaxTree.ParseText(source, s_options)),
            References,
            new CSharpCompilationOptions(Kind, allowUnsafe: true, optimizationLevel: OptimizationLevel.Release, concurrentBuild: false, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create([new MessageGenerator().AsSourceGenerator(), .. FrameworkGenerators.All], parseOptions: s_options)
            .RunGeneratorsAndUpdateCompilation(written, out Compilation complete, out _);
        return complete;
    }

    /// <summary>Why it does not compile, if it does not: a project may need what this has no part in.</summary>
    public Diagnostic? FirstError() => Compile().GetDiagnostics().FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    private static ImmutableArray<MetadataReference> ReferencesIn(string output, string assembly) =>
    [
        .. Net100.References.All,
        .. Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory().Replace("Microsoft.NETCore.App", "Microsoft.AspNetCore.App", StringComparison.Ordinal), "Microsoft.*.dll")
            .Select(file => MetadataReference.CreateFromFile(file)),
        .. Directory.GetFiles(output, "*.dll")
            .Where(file => Path.GetFileNameWithoutExtension(file) != assembly)
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];

    private static SourceSet OfFolder(string folder, string name, string assembly, ImmutableArray<MetadataReference> references, OutputKind kind) => new(
        name,
        assembly,
        [
            ImplicitUsings,
            .. folder.EndsWith("Tests", StringComparison.Ordinal) ? [TestUsings] : ImmutableArray<string>.Empty,
            .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllText),
        ],
        references,
        kind);
}
