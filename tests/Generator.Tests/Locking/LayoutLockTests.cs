using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Analyzers.Layout;
using ZeroCopySockets.Generator.Locking;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Locking;

/// <summary>What <c>layouts.lock</c> says, and which edits it stops.</summary>
public class LayoutLockTests
{
    private const string Preamble = """
        # The wire layouts of this project's messages. An edit that breaks one is reported as ZCS1027.
        # To accept what the sources say now: dotnet build -p:UpdateLayoutLock=true
        # message <name> <bytes>, then its fields: <offset> <bytes> <name> <type>
        version 1

        """;

    private const string TickLock = Preamble + """
        message Demo.Tick 14
        0 8 Sequence ulong big-endian
        8 4 Price int big-endian
        13 1 Kind byte

        """;

    [Fact]
    public void It_is_the_same_text_for_the_same_messages_whatever_their_order()
    {
        const string Messages = """
            using ZeroCopySockets;
            using System.Runtime.CompilerServices;
            namespace Demo;
            public enum Side : byte { Buy }
            [ZeroCopyBuffer(ByteOrder.BigEndian), BitOrder(BitOrder.MsbFirst)]
            public partial struct Tick
            {
                [Bits(2), Magic(2)] public byte Version;
                [Bits(6)] public byte Count;
                public Side Side;
                [Align(4)] public ulong Sequence;
                [ByteOrder(ByteOrder.LittleEndian)] public System.Guid Id;
                [Magic("AB")] public InlineArray2<byte> Mark;
                [Length(2)] public InlineArray4<Outer.Inner> Parts;
                [Checksum(ChecksumAlgorithm.Crc32C)] private uint _crc;
            }
            """;
        const string Inner = "public static partial class Outer { [ZeroCopySockets.ZeroCopyBuffer] public partial struct Inner { public bool @bool; } }";
        const string Expected = Preamble + """
            message Demo.Tick 36
            0 1 Version byte bits 6..7 of 8 msb-first magic 2
            0 1 Count byte bits 0..5 of 8 msb-first
            1 1 Side byte
            4 8 Sequence ulong big-endian
            12 16 Id Guid little-endian
            28 2 Mark byte[2] magic 4142
            30 2 Parts Demo.Outer.Inner[2]
            32 4 _crc uint big-endian Crc32C of 0..end
            message Demo.Outer+Inner 1
            0 1 bool bool

            """;

        Assert.Equal(Sort(Expected), Text(Messages, "namespace Demo;\n" + Inner));
        Assert.Equal(Sort(Expected), Text("namespace Demo;\n" + Inner, Messages));

        // "Demo.Outer+Inner" sorts before "Demo.Tick".
        static string Sort(string text)
        {
            int tick = text.IndexOf("message Demo.Tick", StringComparison.Ordinal);
            int inner = text.IndexOf("message Demo.Outer", StringComparison.Ordinal);
            return text[..tick] + text[inner..] + text[tick..inner];
        }
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        string text = Text("""
            using ZeroCopySockets;
            [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Tick { public uint A; [Magic(7)] public ushort B; }
            """);

        LayoutLock.Reading reading = LayoutLock.Read(text.Split('\n'));

        Assert.Null(reading.BadLine);
        Assert.Equal(text, LayoutLock.Write(reading.Messages.Values.Select(e => e.Message)));
    }

    [Fact]
    public void It_says_what_a_field_tells_a_peer_beside_its_value()
    {
        string text = Text("""
            using ZeroCopySockets;
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct Tick { [Discriminator(5)] public byte Kind; [Payload(Max = 10, Adjust = -4)] public ushort Body; }
            [ZeroCopyBuffer] public partial struct Tock { [LengthOf] public byte Length; }
            """);

        Assert.EndsWith("""
            message Tick 3
            0 1 Kind byte magic 5
            1 2 Body ushort big-endian payload-length adjust -4
            message Tock 1
            0 1 Length byte message-length

            """, text);
    }

    [Fact]
    public void It_is_only_written_when_the_build_asks() =>
        Assert.Empty(Run(update: "false", "[ZeroCopySockets.ZeroCopyBuffer] public partial struct Tick { public byte A; }").GeneratedSources.Where(IsLock));

    [Theory]
    [InlineData("public ulong Sequence; [Pad(1)] public int Price; public byte Kind;")]
    [InlineData("public ulong Sequence; public int Price; public byte {|ZCS1027:Kind|}; public byte {|ZCS1027:Last|};")]
    [InlineData("public ulong Sequence; [Pad(1)] public uint {|ZCS1027:Price|}; public byte Kind;")]
    [InlineData("public ulong Sequence; [Pad(1), ByteOrder(ByteOrder.LittleEndian)] public int {|ZCS1027:Price|}; public byte Kind;")]
    [InlineData("public ulong Sequence; [Pad(3)] public short {|ZCS1027:Price|}; public byte Kind;")]
    [InlineData("[Pad(1)] public int {|ZCS1027:Price|}; public ulong {|ZCS1027:Sequence|}; public byte Kind;")]
    [InlineData("public ulong Sequence; public int Price; public byte {|ZCS1027:New|}; public byte Kind;")]
    [InlineData("public ulong Sequence; [Pad(1)] public int Price; [Magic(1)] public byte {|ZCS1027:Kind|};")]
    public Task An_edit_that_peers_would_misread_is_reported_at_the_field(string fields) =>
        Check(TickLock, $"namespace Demo; [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Tick {{ {fields} }}");

    [Fact]
    public Task A_name_does_not_travel_so_a_new_one_only_makes_the_lock_out_of_date() => Check(TickLock, """
        namespace Demo; [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct {|ZCS1029:Tick|} { public ulong Sequence; [Pad(1)] public int PriceNanos; public byte Kind; }
        """);

    [Fact]
    public Task A_message_that_is_not_locked_yet_is_reported() => Check(Preamble, """
        namespace Demo; [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct {|ZCS1029:Tick|} { public ulong Sequence; }
        """);

    [Theory]
    [InlineData("public ulong Sequence; public int Price;")]
    [InlineData("public ulong Sequence; [Pad(1)] public int Price; public byte Kind; public byte Appended;")]
    [InlineData("public ulong Sequence; [Pad(1)] public int Price; [Pad(2)] public byte Kind;")]
    public Task A_field_that_is_gone_or_a_size_that_changed_is_reported_at_the_message(string fields) =>
        Check(TickLock, $"namespace Demo; [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct {{|ZCS1027:Tick|}} {{ {fields} }}");

    private const string ProfileLock = Preamble + """
        message Profile 7
        0 2 Block ushort big-endian block-length
        2 1 Count byte tail-count
        3 4 Code ascii padded 0
        7 2 Legs group of Leg big-endian
        7 2 Scores tail of short big-endian
        message Leg 2
        0 2 Ratio ushort big-endian

        """;

    [Theory]
    [InlineData("Profile", "", "")]
    [InlineData("{|ZCS1029:Profile|}", "[Since(1)] public uint Added;", "")]
    [InlineData("Profile", "public uint {|ZCS1027:Added|};", "Text")]
    [InlineData("Profile", "", "[Group(Max = 2)] public partial ReadOnlySpan<Leg> {|ZCS1027:More|} { get; set; }")]
    public Task A_message_that_says_its_block_length_may_grow_behind_its_last_field(string name, string appended, string group)
    {
        string first = group == "Text" ? appended : "";
        string last = group == "Text" ? "" : appended;
        string code = group == "Text" ? "{|ZCS1027:Code|}" : "Code";
        string groups = group == "Text" ? "" : group;
        return new LockTest(ProfileLock, $$"""
            [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Leg { public ushort Ratio; }
            [ZeroCopyBuffer(ByteOrder.BigEndian)]
            public partial struct {{name}}
            {
                [BlockLength] public ushort Block;
                [CountOf(nameof(Scores))] public byte Count;
                {{first}}
                [Text(4, TextEncoding.Ascii)] public partial string {{code}} { get; set; }
                {{last}}
                [Group(Max = 2)] public partial ReadOnlySpan<Leg> Legs { get; set; }
                {{groups}}
                [Tail(Max = 3)] public partial ReadOnlySpan<short> Scores { get; set; }
            }
            """)
        {
            // The generator, which is not run here, would implement the partial properties.
            CompilerDiagnostics = CompilerDiagnostics.None,
        }.RunAsync();
    }

    [Fact]
    public Task The_message_says_what_was_and_what_is() => new LockTest(TickLock, """
        namespace Demo; [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public ulong Sequence; [Pad(1)] public uint {|#0:Price|}; public byte Kind; }
        """)
    {
        ExpectedDiagnostics =
        {
            DiagnosticResult.CompilerError("ZCS1027").WithLocation(0).WithMessage(
                "Field 'Price' breaks the layout in layouts.lock: it was int big-endian, 4 bytes at offset 8 and is now uint big-endian, 4 bytes at offset 8"),
        },
    }.RunAsync();

    [Fact]
    public Task A_message_that_is_gone_is_reported_in_the_lock() =>
        Check(TickLock.Replace("message Demo.Tick 14", "{|ZCS1027:message Demo.Tick 14|}"), "public struct Nothing { }");

    [Theory]
    [InlineData("{|ZCS1028:version 2|}\n")]
    [InlineData("version 1\n{|ZCS1028:message Demo.Tick|}\n")]
    [InlineData("version 1\n{|ZCS1028:0 8 Sequence ulong|}\n")]
    [InlineData("version 1\nmessage Demo.Tick 8\n{|ZCS1028:0 eight Sequence ulong|}\n")]
    [InlineData("version 1\nmessage Demo.Tick 8\n{|ZCS1028:0 8 Sequence|}\n")]
    public Task A_line_that_makes_no_sense_is_reported(string text) => Check(text, "public struct Nothing { }");

    [Fact]
    public Task While_the_lock_is_written_anew_nothing_is_reported() => new LockTest(TickLock, "")
    {
        TestState = { AnalyzerConfigFiles = { ("/.globalconfig", "is_global = true\nbuild_property.UpdateLayoutLock = true\n") } },
    }.RunAsync();

    [Fact]
    public void Every_lock_rule_has_a_page()
    {
        string pages = Path.Combine(Snapshot.ProjectDirectory, "..", "..", "docs", "rules");
        Assert.All(new LayoutLockAnalyzer().SupportedDiagnostics, rule =>
        {
            string page = File.ReadAllText(Path.Combine(pages, rule.Id + ".md"));
            Assert.StartsWith($"# {rule.Id}: {rule.Title}\n", page);
            Assert.All(new[] { "\n## Why\n", "\n## Wrong\n", "\n## Right\n", "\n## Suppress\n" }, heading => Assert.Contains(heading, page));
        });
    }

    private static Task Check(string layoutLock, string source) => new LockTest(layoutLock, source).RunAsync();

    private static string Text(params string[] sources)
    {
        GeneratedSourceResult file = Run(update: "true", sources).GeneratedSources.Single(IsLock);
        return string.Concat(file.SourceText.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[3..] + "\n"));
    }

    private static bool IsLock(GeneratedSourceResult file) => file.HintName == "layouts.lock.cs";

    private static GeneratorRunResult Run(string update, params string[] sources) => CSharpGeneratorDriver.Create(
            [new MessageGenerator().AsSourceGenerator()],
            parseOptions: Harness.ParseOptions,
            optionsProvider: new BuildProperties(update))
        .RunGenerators(Harness.Compile("Sample", sources))
        .GetRunResult().Results.Single();

    private sealed class LockTest : CSharpAnalyzerTest<LayoutLockAnalyzer, DefaultVerifier>
    {
        public LockTest(string layoutLock, string source)
        {
            ReferenceAssemblies = new ReferenceAssemblies(string.Empty);
            TestState.Sources.Add("using System;\nusing ZeroCopySockets;\n" + source);
            TestState.AdditionalReferences.AddRange(Harness.References);
            TestState.AdditionalFiles.Add((LayoutLock.FileName, layoutLock));
        }

        protected override ParseOptions CreateParseOptions() => Harness.ParseOptions.WithDocumentationMode(DocumentationMode.Parse);
    }

    /// <summary>What MSBuild tells the compiler about the project.</summary>
    private sealed class BuildProperties(string update) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(update);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Options(string update) : AnalyzerConfigOptions
        {
            private readonly ImmutableDictionary<string, string> _values =
                ImmutableDictionary<string, string>.Empty.Add("build_property.UpdateLayoutLock", update);

            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) =>
                _values.TryGetValue(key, out value);
        }
    }
}
