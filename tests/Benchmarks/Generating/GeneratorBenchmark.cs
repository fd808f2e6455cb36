using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Generator;

namespace ZeroCopySockets.Benchmarks.Generating;

/// <summary>
/// What the generator adds to a build of many messages, and to a keystroke in it. The compiler runs in this process, as it does
/// in an IDE and in its build server. A build parses, generates, binds and emits with symbols, as <c>dotnet build</c> does; builds with
/// the generator, without it, and of its text as ordinary source files take turns, nothing cached between them but what a build server
/// keeps. What the generator adds is the first less the last: both give the compiler the same code. Its parts are measured by themselves
/// too, and are the surer figures: a build takes many times as long as they do, and the difference of two builds wavers as builds do.
/// Processor time is measured beside the clock: another process's load changes it least.
/// </summary>
internal static class GeneratorBenchmark
{
    private const int MessagesPerFile = 10;
    private const int MessagesToWarmUp = 50;
    private const string Tiering = "DOTNET_TieredCompilation";

    /// <summary>What <c>dotnet build</c> makes of comments in a project without a documentation file.</summary>
    private static readonly CSharpParseOptions s_parseOptions = new(documentationMode: DocumentationMode.None);

    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>
    /// Runs in a process that compiles its code once and for all: a build server has run long before it builds, and this would
    /// otherwise measure the JIT at work on the compiler.
    /// </summary>
    public static int Run(int messages, int rounds)
    {
        if (Environment.GetEnvironmentVariable(Tiering) is not null)
        {
            return Measure(messages, rounds);
        }

        var again = new ProcessStartInfo(
            Environment.ProcessPath!,
            [.. Self.Arguments, "generator", "--messages", $"{messages}", "--repeats", $"{rounds}"]);
        again.Environment[Tiering] = "0";
        using Process process = Process.Start(again)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static int Measure(int messages, int rounds)
    {
        MeasureRounds(MessagesToWarmUp, 2);
        Round[] all = MeasureRounds(messages, rounds);
        Console.WriteLine($"""
            {messages} messages, each built {rounds} times: the median, and the middle half.

            | | processor, ms | clock, ms | allocated, MB |
            |---|---:|---:|---:|
            {Row("build without the generator", all.Select(r => r.Without))}
            {Row("a: build with it", all.Select(r => r.With))}
            {Row("b: build of the same code as source files", all.Select(r => r.WrittenOut))}
            {Row("a - b: what the generator adds", all.Select(r => r.With - r.WrittenOut))}
            {Row("c: the generator's own run, with the parsing of what it wrote", all.Select(r => r.Generator))}
            {Row("d: compressing that text for the symbols", all.Select(r => r.Embedding))}
            {Row("the code's own share: b less the build without", all.Select(r => r.WrittenOut - r.Without))}
            {Row("an unrelated edit: the generator", all.Select(r => r.Edit))}
            """);
        return 0;
    }

    private static Round[] MeasureRounds(int messages, int rounds)
    {
        string[] sources = SourcesOf(messages);
        string[] writtenOut = [.. sources, .. Generate(CreateProject(sources)).Generated.Select(file => file.SourceText.ToString())];

        // In turns, so that what else the machine does meets all of them; which of the two to be compared comes first alternates.
        return [.. Enumerable.Range(0, rounds).Select(round => MeasureRound(sources, writtenOut, writtenOutFirst: round % 2 != 0))];
    }

    private static Round MeasureRound(string[] sources, string[] writtenOut, bool writtenOutFirst)
    {
        Cost written = writtenOutFirst ? MeasureWrittenOut(writtenOut) : default;
        (Cost without, _) = Cost.Of(() => Emit(CreateProject(sources), []));
        (Cost parsing, CSharpCompilation project) = Cost.Of(() => CreateProject(sources));
        (Cost generator, var run) = Cost.Of(() => Generate(project));
        (Cost embedding, EmbeddedText[] embedded) = Cost.Of(() => Embed(run.Generated));
        (Cost emitting, _) = Cost.Of(() => Emit(run.Output, embedded));
        CSharpCompilation edited = project.ReplaceSyntaxTree(project.SyntaxTrees[^1], Parse("public static class Unrelated { public static int Edited; }"));
        (Cost edit, _) = Cost.Of(() => run.Driver.RunGenerators(edited));
        written = writtenOutFirst ? written : MeasureWrittenOut(writtenOut);
        return new Round(without, parsing + generator + embedding + emitting, written, generator, embedding, edit);
    }

    private static Cost MeasureWrittenOut(string[] writtenOut) => Cost.Of(() => Emit(CreateProject(writtenOut), [])).Cost;

    private static (GeneratorDriver Driver, Compilation Output, ImmutableArray<GeneratedSourceResult> Generated) Generate(CSharpCompilation project)
    {
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new MessageGenerator().AsSourceGenerator()], parseOptions: s_parseOptions)
            .RunGeneratorsAndUpdateCompilation(project, out Compilation output, out _);
        return (driver, output, driver.GetRunResult().Results[0].GeneratedSources);
    }

    /// <summary>The compiler puts what was generated into the symbols, compressed, so that a debugger can show it.</summary>
    private static EmbeddedText[] Embed(ImmutableArray<GeneratedSourceResult> generated) =>
        [.. generated.Select(source => EmbeddedText.FromSource(source.HintName, source.SourceText))];

    private static EmitResult Emit(Compilation compilation, EmbeddedText[] embedded)
    {
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        EmitResult result = compilation.Emit(
            image, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb),
            embeddedTexts: embedded);
        if (!result.Success)
        {
            throw new InvalidOperationException(string.Join('\n', result.Diagnostics.Take(5)));
        }

        return result;
    }

    private static string Row(string name, IEnumerable<Cost> costs)
    {
        Cost[] all = [.. costs];
        return $"| {name} | {Spread(all.Select(c => c.Processor.TotalMilliseconds))} | {Spread(all.Select(c => c.Clock.TotalMilliseconds))} | {Spread(all.Select(c => c.Bytes / 1e6))} |";
    }

    private static string Spread(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return $"{sorted[sorted.Length / 2]:F0} ({sorted[sorted.Length / 4]:F0} to {sorted[sorted.Length * 3 / 4]:F0})";
    }

    private static string[] SourcesOf(int messages) =>
    [
        .. Enumerable.Range(0, messages).Chunk(MessagesPerFile).Select(numbers => "using ZeroCopySockets;\nnamespace Demo;\n" + string.Join("\n", numbers.Select(Message))),
        "public static class Unrelated { }",
    ];

    /// <summary>The compiler parses the files it is given side by side; what a generator writes, the driver parses one after another.</summary>
    private static CSharpCompilation CreateProject(string[] sources) => CSharpCompilation.Create(
        "Demo",
        sources.AsParallel().AsOrdered().Select(Parse),
        s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, deterministic: true));

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

    private static SyntaxTree Parse(string source, int number = 0) =>
        CSharpSyntaxTree.ParseText(SourceText.From(source, System.Text.Encoding.UTF8), s_parseOptions, $"{number}.cs");

    /// <summary>What one round took.</summary>
    private sealed record Round(Cost Without, Cost With, Cost WrittenOut, Cost Generator, Cost Embedding, Cost Edit);

    /// <summary>What a piece of work took.</summary>
    private readonly record struct Cost(TimeSpan Processor, TimeSpan Clock, long Bytes)
    {
        public static (Cost Cost, T Result) Of<T>(Func<T> work)
        {
            GC.Collect();
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long clock = Stopwatch.GetTimestamp();
            long bytes = GC.GetTotalAllocatedBytes();
            T result = work();
            return (new Cost(Environment.CpuUsage.TotalTime - processor, Stopwatch.GetElapsedTime(clock), GC.GetTotalAllocatedBytes() - bytes), result);
        }

        public static Cost operator +(Cost one, Cost other) => new(one.Processor + other.Processor, one.Clock + other.Clock, one.Bytes + other.Bytes);

        public static Cost operator -(Cost one, Cost other) => new(one.Processor - other.Processor, one.Clock - other.Clock, one.Bytes - other.Bytes);
    }
}
