using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Spectre.Console;
using ZeroCopySockets.Generator;

namespace ZeroCopySockets.Benchmarks.Generating;

/// <summary>
/// What the generator adds to a build of many messages, and to a keystroke in it. The compiler runs in this process, as it
/// does in an IDE and in its build server; each round starts without anything cached. Processor time is measured, so that a
/// busy machine gives the same figures: the generator runs on one thread, and nothing else runs here.
/// </summary>
internal static class GeneratorBenchmark
{
    private const int MessagesPerFile = 10;

    public static int Run(int messages, int rounds)
    {
        CSharpCompilation project = CreateProject(messages);
        SyntaxTree unrelated = project.SyntaxTrees[^1];
        CSharpCompilation edited = project.ReplaceSyntaxTree(unrelated, Parse("public static class Unrelated { public static int Edited; }"));
        var build = new List<double>();
        var keystroke = new List<double>();
        for (int i = 0; i <= rounds; i++)
        {
            GeneratorDriver driver = CSharpGeneratorDriver.Create(new MessageGenerator());
            driver = Measure(driver, project.Clone(), build);
            Measure(driver, edited.Clone(), keystroke);
        }

        // The first round also compiles the generator itself.
        var table = new Table().AddColumns("ms of processor time", "first", "median", "slowest");
        AddRow(table, $"build of {messages} messages", build);
        AddRow(table, "unrelated edit", keystroke);
        AnsiConsole.Write(table);
        return 0;
    }

    private static GeneratorDriver Measure(GeneratorDriver driver, Compilation compilation, List<double> times)
    {
        // Binding the user's own code is work the compiler has to do anyway.
        _ = compilation.GetDiagnostics();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        driver = driver.RunGenerators(compilation);
        times.Add((Environment.CpuUsage.TotalTime - start).TotalMilliseconds);
        return driver;
    }

    private static void AddRow(Table table, string name, List<double> times)
    {
        double[] warm = [.. times.Skip(1).Order()];
        table.AddRow(name, $"{times[0]:F1}", $"{warm[warm.Length / 2]:F1}", $"{warm[^1]:F1}");
    }

    private static CSharpCompilation CreateProject(int messages)
    {
        IEnumerable<SyntaxTree> files = Enumerable.Range(0, messages)
            .Chunk(MessagesPerFile)
            .Select(numbers => Parse("using ZeroCopySockets;\nnamespace Demo;\n" + string.Join("\n", numbers.Select(Message))));
        string assemblies = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return CSharpCompilation.Create(
            "Demo",
            [.. files, Parse("public static class Unrelated { }")],
            assemblies.Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
    }

    private static string Message(int number) => $$"""
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Message{{number}}
        {
            public ulong Sequence;
            public long PriceNanos;
            public uint Quantity;
            [Pad(2)] public bool IsFirm;
            public System.Runtime.CompilerServices.InlineArray8<byte> Symbol;
            public System.Runtime.CompilerServices.InlineArray4<int> Levels;
        }
        """;

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source);
}
