using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ZeroCopySockets.AnalyzerLab.Cost;

/// <summary>The generators that come with .NET and write what projects of this repository need: those of the SDK this runs on.</summary>
internal static class FrameworkGenerators
{
    private static readonly string[] s_needed = ["Microsoft.Interop.LibraryImportGenerator", "System.Text.RegularExpressions.Generator"];

    /// <summary>Empty where there is no SDK: what needs them is then left out.</summary>
    public static ImmutableArray<ISourceGenerator> All { get; } = [.. Load()];

    private static IEnumerable<ISourceGenerator> Load()
    {
        string packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../packs/Microsoft.NETCore.App.Ref"));
        string? folder = Directory.Exists(packs)
            ? Directory.GetDirectories(packs, $"{Environment.Version.Major}.*").Select(pack => Path.Combine(pack, "analyzers/dotnet/cs")).LastOrDefault(Directory.Exists)
            : null;
        return folder is null
            ? []
            : s_needed.SelectMany(name => new AnalyzerFileReference(Path.Combine(folder, name + ".dll"), new Loader(folder)).GetGenerators(LanguageNames.CSharp));
    }

    private sealed class Loader(string folder) : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath)
        {
            // What it refers to lies beside it.
            AppDomain.CurrentDomain.AssemblyResolve += (_, wanted) =>
                Path.Combine(folder, new AssemblyName(wanted.Name).Name + ".dll") is var file && File.Exists(file) ? Assembly.LoadFrom(file) : null;
            return Assembly.LoadFrom(fullPath);
        }
    }
}
