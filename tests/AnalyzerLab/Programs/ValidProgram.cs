using System.Collections.Immutable;
using System.Reflection;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using ZeroCopySockets.Generator;

namespace ZeroCopySockets.AnalyzerLab.Programs;

/// <summary>One of the programs of tests/ValidPrograms.</summary>
internal sealed class ValidProgram(Compilation compilation, SyntaxTree tree)
{
    private const string Messages = "Messages";

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);
    private static readonly Lazy<ImmutableArray<ValidProgram>> s_all = new(Load);

    public static ImmutableArray<ValidProgram> All => s_all.Value;

    public string Name => tree.FilePath;

    public string Source => tree.GetText().ToString();

    public Compilation Compilation => compilation;

    public SyntaxTree Tree => tree;

    public static ValidProgram Named(string name) => All.Single(program => program.Name == name);

    /// <summary>The same program with another source.</summary>
    public ValidProgram With(string source)
    {
        SyntaxTree changed = CSharpSyntaxTree.ParseText(source, s_options, tree.FilePath);
        return new ValidProgram(compilation.ReplaceSyntaxTree(tree, changed), changed);
    }

    /// <summary>Each program is compiled by itself, against the messages as a library: thousands of mutations are to be compiled.</summary>
    private static ImmutableArray<ValidProgram> Load()
    {
        Assembly assembly = typeof(ValidProgram).Assembly;
        ImmutableArray<SyntaxTree> trees =
        [
            .. assembly.GetManifestResourceNames()
                .Order(StringComparer.Ordinal)
                .Select(name => CSharpSyntaxTree.ParseText(Read(assembly, name), s_options, Path.GetFileNameWithoutExtension(name))),
        ];
        CSharpCompilation empty = CSharpCompilation.Create(
            "ValidPrograms",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, s_options)],
            [.. Net100.References.All, MetadataReference.CreateFromFile(typeof(BufferLease).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        CSharpCompilation others = empty.AddReferences(Library(empty.AddSyntaxTrees(trees.Single(IsMessages)).WithAssemblyName(Messages)));
        return [.. trees.Where(tree => !IsMessages(tree)).Select(tree => new ValidProgram(others.AddSyntaxTrees(tree), tree))];
    }

    private static bool IsMessages(SyntaxTree tree) => tree.FilePath == Messages;

    /// <summary>The messages and what the generator makes of them.</summary>
    private static PortableExecutableReference Library(Compilation messages)
    {
        CSharpGeneratorDriver.Create([new MessageGenerator().AsSourceGenerator()], parseOptions: s_options)
            .RunGeneratorsAndUpdateCompilation(messages, out Compilation complete, out _);
        using var image = new MemoryStream();
        EmitResult result = complete.Emit(image);
        return result.Success
            ? MetadataReference.CreateFromImage(image.ToArray())
            : throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
