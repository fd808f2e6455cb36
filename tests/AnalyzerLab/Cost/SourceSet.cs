using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
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
internal sealed partial record SourceSet(
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

    private const string Snapshot = ".verified.cs";

    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);

    private static readonly MetadataReference s_runtime = MetadataReference.CreateFromFile(typeof(BufferLease).Assembly.Location);

    public int Lines => Sources.Sum(source => source.Count(c => c == '\n') + 1);

    /// <summary>Whether it can break the rules at all: code that does not know the library costs nothing but the question.</summary>
    public bool UsesLibrary => Compile().GetTypeByMetadataName(typeof(BufferLeaseAttribute).FullName!) is not null;

    /// <summary>The projects of this repository's solution that have been built, whose output has what they refer to.</summary>
    public static IEnumerable<SourceSet> OfRepository()
    {
        string root = typeof(SourceSet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Repository").Value!;
        foreach (Match project in Projects().Matches(File.ReadAllText(Path.Combine(root, "ZeroCopySockets.sln"))))
        {
            string path = project.Groups["path"].Value.Replace('\\', '/');
            if (OfProject(Path.Combine(root, path), Path.GetDirectoryName(path)!) is { } set)
            {
                yield return set;
            }
            else
            {
                Console.Error.WriteLine($"{path} is left out: it has not been built (dotnet build -c Release)");
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

    [GeneratedRegex("""^Project\(.*"(?<path>[^"]+\.csproj)""", RegexOptions.Multiline)]
    private static partial Regex Projects();

    private static SourceSet? OfProject(string file, string name)
    {
        var project = XDocument.Load(file);
        string folder = Path.GetDirectoryName(file)!;
        string assembly = Property("AssemblyName") ?? Path.GetFileNameWithoutExtension(file);
        string output = Path.Combine(folder, "bin/Release", Property("TargetFramework")!);
        string[] usings = [.. Items("Using").Select(space => $"global using {space};")];
        return !File.Exists(Path.Combine(output, assembly + ".dll")) ? null : new SourceSet(
            name,
            assembly,
            [ImplicitUsings, string.Join('\n', usings), .. SourcesIn(folder).Concat(Items("Compile").Select(link => Path.Combine(folder, link.Replace('\\', '/')))).Select(File.ReadAllText)],
            ReferencesIn(output, assembly),
            Property("OutputType") == "Exe" ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary);

        string? Property(string property) => project.Descendants(property).FirstOrDefault()?.Value;

        IEnumerable<string> Items(string kind) => project.Descendants(kind).Select(item => item.Attribute("Include")?.Value).OfType<string>();
    }

    private static IEnumerable<string> SourcesIn(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
        .Where(file => !file.EndsWith(Snapshot, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Those of the framework, what lies beside the output, and the compiler's, which libraries for it do not bring along.</summary>
    private static ImmutableArray<MetadataReference> ReferencesIn(string output, string assembly)
    {
        string[] beside = [.. Directory.GetFiles(output, "*.dll").Where(file => Path.GetFileNameWithoutExtension(file) != assembly)];
        return
        [
            .. Net100.References.All,
            .. Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory().Replace("Microsoft.NETCore.App", "Microsoft.AspNetCore.App", StringComparison.Ordinal), "Microsoft.*.dll")
                .Concat(beside)
                .Concat(Directory.GetFiles(AppContext.BaseDirectory, "Microsoft.CodeAnalysis*.dll"))
                .DistinctBy(Path.GetFileName)
                .Select(file => MetadataReference.CreateFromFile(file)),
        ];
    }
}
