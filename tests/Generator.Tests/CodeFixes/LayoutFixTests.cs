using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Analyzers.Layout;
using ZeroCopySockets.CodeFixes.Layout;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.CodeFixes;

/// <summary>Each fix of a layout rule: what it makes of one diagnostic, and of all of a document at once.</summary>
public class LayoutFixTests
{
    [Theory]
    [InlineData(0, "BigEndian")]
    [InlineData(1, "LittleEndian")]
    public Task A_byte_order_is_stated_for_the_message(int choice, string order) => Fix<OrderFix>(
        """
        [ZeroCopyBuffer]
        public partial struct Tick
        {
            public uint {|ZCS1001:Quantity|};
            public long {|ZCS1001:Price|};
        }

        [ZeroCopySockets.ZeroCopyBuffer(ByteOrder.Unspecified)] // Kept.
        public partial struct Trade { public uint {|ZCS1001:Quantity|}; }
        """,
        $$"""
        [ZeroCopyBuffer(ByteOrder.{{order}})]
        public partial struct Tick
        {
            public uint Quantity;
            public long Price;
        }

        [ZeroCopySockets.ZeroCopyBuffer(ZeroCopySockets.ByteOrder.{{order}})] // Kept.
        public partial struct Trade { public uint Quantity; }
        """,
        choice,
        // Both fields of the first message are fixed by one edit.
        edits: 2);

    [Fact]
    public Task No_byte_order_is_stated_where_the_attribute_is_on_another_part() => Fix<OrderFix>(
        """
        [ZeroCopyBuffer]
        public partial struct Tick;
        public partial struct Tick { public uint {|ZCS1001:Quantity|}; }
        """,
        """
        [ZeroCopyBuffer]
        public partial struct Tick;
        public partial struct Tick { public uint {|ZCS1001:Quantity|}; }
        """);

    [Theory]
    [InlineData(0, "MsbFirst")]
    [InlineData(1, "LsbFirst")]
    public Task A_bit_order_is_stated_for_the_message(int choice, string order) => Fix<OrderFix>(
        """
        [ZeroCopyBuffer]
        public partial struct Flags
        {
            [Bits(4)] public byte {|ZCS1020:Version|};
            [Bits(4)] public byte {|ZCS1020:Length|};
        }
        """,
        $$"""
        [ZeroCopyBuffer, BitOrder(BitOrder.{{order}})]
        public partial struct Flags
        {
            [Bits(4)] public byte Version;
            [Bits(4)] public byte Length;
        }
        """,
        choice,
        edits: 1);

    [Fact]
    public Task A_message_and_the_types_around_it_become_partial() => Fix<ModifierFix>(
        """
        /// <summary>Kept.</summary>
        static class Outer
        {
            // Kept too.
            [ZeroCopyBuffer]
            public struct {|ZCS1003:{|ZCS1003:Tick|}|} { public byte Kind; }
        }

        [ZeroCopyBuffer]
        struct {|ZCS1003:Trade|} { public byte Kind; }
        """,
        """
        /// <summary>Kept.</summary>
        static partial class Outer
        {
            // Kept too.
            [ZeroCopyBuffer]
            public partial struct Tick { public byte Kind; }
        }

        [ZeroCopyBuffer]
        partial struct Trade { public byte Kind; }
        """,
        edits: 2);

    [Fact]
    public Task What_is_readonly_becomes_writable() => Fix<ModifierFix>(
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public readonly byte {|ZCS1007:Kind|}; readonly byte {|ZCS1007:_rest|}; }

        [ZeroCopyBuffer]
        public readonly partial struct {|ZCS1007:Trade|} { public readonly byte Kind; }
        """,
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; byte _rest; }

        [ZeroCopyBuffer]
        public partial struct Trade { public byte Kind; }
        """,
        // Once the message is writable, its field is found.
        edits: 4,
        fixAllIterations: 2);

    [Fact]
    public Task A_ref_struct_becomes_a_struct() => Fix<ModifierFix>(
        """
        [ZeroCopyBuffer]
        public ref partial struct {|ZCS1017:Tick|} { public byte Kind; }
        """,
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; }
        """);

    [Fact]
    public Task A_property_of_text_becomes_partial() => Fix<ModifierFix>(
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; [Text(4, TextEncoding.Ascii)] public string {|ZCS1030:{|ZCS1008:Name|}|} { get; set; } }
        """,
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; [Text(4, TextEncoding.Ascii)] public partial string {|CS9248:Name|} { get; set; } }
        """);

    [Fact]
    public Task A_property_with_a_body_is_left_alone() => Fix<ModifierFix>(
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; [Text(4, TextEncoding.Ascii)] public string {|ZCS1030:Name|} => ""; }
        """,
        """
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; [Text(4, TextEncoding.Ascii)] public string {|ZCS1030:Name|} => ""; }
        """);

    [Fact]
    public Task A_set_of_messages_becomes_a_readonly_ref_partial_struct() => Fix<ModifierFix>(
        """
        [ZeroCopyBuffer] public partial struct Tick { [Discriminator(1)] public byte Kind; }
        [MessageSet(typeof(Tick))] public partial struct {|ZCS1040:Feed|};
        [MessageSet(typeof(Tick))] struct {|ZCS1040:Other|} { }
        """,
        """
        [ZeroCopyBuffer] public partial struct Tick { [Discriminator(1)] public byte Kind; }
        [MessageSet(typeof(Tick))] public readonly ref partial struct Feed;
        [MessageSet(typeof(Tick))] readonly ref partial struct Other { }
        """,
        edits: 2);

    [Fact]
    public Task An_attribute_that_says_nothing_there_is_removed() => Fix<AttributeFix>(
        """
        [ZeroCopyBuffer] public partial struct Header { public byte Kind; }

        [ZeroCopyBuffer]
        public partial struct Tick
        {
            // Kept.
            [ByteOrder(ByteOrder.BigEndian)]
            public Header {|ZCS1016:Header|};
            [Pad(1), Length(2)] public byte {|ZCS1023:Side|};
            [OpenEnum] public byte {|ZCS1023:Venue|};
        }
        """,
        """
        [ZeroCopyBuffer] public partial struct Header { public byte Kind; }

        [ZeroCopyBuffer]
        public partial struct Tick
        {
            // Kept.
            public Header Header;
            [Pad(1)] public byte Side;
            public byte Venue;
        }
        """,
        edits: 3,
        fixAllIterations: 3);

    /// <summary>Applies a fix one by one, and all at once.</summary>
    /// <param name="before">Marked-up source.</param>
    /// <param name="after">What it becomes.</param>
    /// <param name="choice">Which of the ways that are offered.</param>
    /// <param name="edits">Edits it takes one by one.</param>
    /// <param name="fixAllIterations">Kinds of edits that are fixed all at once.</param>
    private static Task Fix<TFix>(string before, string after, int choice = 0, int edits = 1, int fixAllIterations = 1)
        where TFix : CodeFixProvider, new()
    {
        bool isOffered = before != after;
        var test = new Test<TFix>
        {
            TestCode = Usings + before,
            FixedCode = Usings + after,
            CodeActionIndex = choice,
            NumberOfIncrementalIterations = isOffered ? edits : 0,
            NumberOfFixAllIterations = isOffered ? fixAllIterations : 0,
        };
        return test.RunAsync();
    }

    private const string Usings = "using System;\nusing ZeroCopySockets;\n";

    private sealed class Test<TFix> : CSharpCodeFixTest<LayoutAnalyzer, TFix, DefaultVerifier> where TFix : CodeFixProvider, new()
    {
        public Test()
        {
            ReferenceAssemblies = new ReferenceAssemblies(string.Empty);
            TestState.AdditionalReferences.AddRange(Harness.References);
            CodeFixTestBehaviors = CodeFixTestBehaviors.SkipFixAllInProjectCheck | CodeFixTestBehaviors.SkipFixAllInSolutionCheck;
        }

        protected override ParseOptions CreateParseOptions() => Harness.ParseOptions.WithDocumentationMode(DocumentationMode.Parse);
    }
}
