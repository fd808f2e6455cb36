using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Reasons to reject a struct that lie in its declaration, and how its diagnostics are configured.</summary>
public class ShapeDiagnosticTests
{
    [Theory]
    [InlineData("public struct {|ZCS1003:Tick|} { public byte Kind; }")]
    [InlineData("public class Outer { [ZeroCopyBuffer] public partial struct {|ZCS1003:Tick|} { public byte Kind; } }", false)]
    [InlineData("public class Outer { public partial class Middle { [ZeroCopyBuffer] public partial struct {|ZCS1003:Tick|} { public byte Kind; } } }", false)]
    public Task A_message_that_is_not_partial_or_lies_in_a_type_that_is_not_is_reported(string source, bool addAttribute = true) =>
        LayoutTest.Check((addAttribute ? "[ZeroCopyBuffer] " : "") + source);

    [Theory]
    [InlineData("[ZeroCopyBuffer] public partial struct {|ZCS1004:Tick|}<T> { public byte Kind; public T Value; }")]
    [InlineData("public partial class Outer<T> { [ZeroCopyBuffer] public partial struct {|ZCS1004:Tick|} { public byte Kind; } }")]
    [InlineData("public partial class Outer<T> { public partial class Middle { [ZeroCopyBuffer] public partial struct {|ZCS1004:Tick|} { public byte Kind; } } }")]
    public Task A_message_that_is_generic_or_in_a_generic_type_is_reported(string source) => LayoutTest.Check(source);

    [Theory]
    [InlineData("public byte {|ZCS1014:WireSize|};")]
    [InlineData("public byte {|ZCS1014:Offsets|};")]
    [InlineData("public byte {|ZCS1014:View|};")]
    [InlineData("public byte {|ZCS1014:Writer|};")]
    [InlineData("public byte {|ZCS1014:Buffer|};")]
    [InlineData("public byte {|ZCS1014:Encode|};")]
    [InlineData("public byte {|ZCS1014:TryDecode|};")]
    [InlineData("public byte {|ZCS1014:Seal|};")]
    [InlineData("public byte {|ZCS1014:TryParse|};")]
    [InlineData("public byte {|ZCS1014:Decode|};")]
    [InlineData("public new byte {|ZCS1014:ToString|};")]
    [InlineData("public byte {|ZCS1014:_bytes|};")]
    [InlineData("public byte Kind; public static void {|ZCS1014:Encode|}() { }")]
    [InlineData("public byte Kind; public class {|ZCS1014:View|} { }")]
    [InlineData("public byte Kind; public int {|ZCS1014:WireSize|} => 1;")]
    [InlineData("public InlineArray2<bool> Flags; public byte {|ZCS1014:FlagsArray|};")]
    public Task A_name_that_generated_code_needs_is_reported(string members) =>
        LayoutTest.Check("[ZeroCopyBuffer] public partial struct Tick { " + members + " }");

    [Theory]
    [InlineData("[ZeroCopyBuffer] public partial struct {|ZCS1014:Buffer|} { public byte Kind; }")]
    [InlineData("[ZeroCopyBuffer] public partial struct {|ZCS1014:Tick|} { public byte Kind; } public class TickZeroCopyExtensions { }")]
    public Task A_message_named_like_something_generated_is_reported(string source) => LayoutTest.Check(source);

    [Theory]
    [InlineData("public byte @class; public byte FlagsArray; public InlineArray2<byte> Flags;")]
    [InlineData("public byte Kind; public void TryParse() { } public override string ToString() => \"\";")]
    public Task Keywords_and_names_that_do_not_collide_are_fine(string members) =>
        LayoutTest.Check("[ZeroCopyBuffer] public partial struct Tick { " + members + " }");

    [Theory]
    [InlineData("public partial class Outer { [ZeroCopyBuffer] private partial struct {|ZCS1015:Tick|} { public byte Kind; } }")]
    [InlineData("public partial class Outer { [ZeroCopyBuffer] protected partial struct {|ZCS1015:Tick|} { public byte Kind; } }")]
    [InlineData("public partial class Outer { private partial class Inner { [ZeroCopyBuffer] public partial struct {|ZCS1015:Tick|} { public byte Kind; } } }")]
    [InlineData("[ZeroCopyBuffer] file partial struct {|ZCS1015:Tick|} { public byte Kind; }")]
    public Task A_message_that_socket_methods_could_not_name_is_reported(string source) => LayoutTest.Check(source);

    [Fact]
    public Task A_ref_struct_is_reported() =>
        LayoutTest.Check("[ZeroCopyBuffer] public ref partial struct {|ZCS1017:Tick|} { public byte Kind; }");

    [Fact]
    public Task Fields_in_several_parts_are_reported() => LayoutTest.Check("""
        [ZeroCopyBuffer] public partial struct {|ZCS1018:Tick|} { public byte Kind; }
        public partial struct Tick { public byte Side; }
        """);

    [Fact]
    public Task Parts_without_fields_are_fine() => LayoutTest.Check("""
        [ZeroCopyBuffer] public partial struct Tick { public byte Kind; }
        public partial struct Tick { public const int Version = 1; public static int Count; public int Twice => Kind * 2; }
        """);

    [Fact]
    public Task A_struct_without_the_attribute_is_none_of_our_business() => LayoutTest.Check("""
        public struct Plain { public string Name; public int Value; }
        """);

    [Fact]
    public Task A_pragma_silences_a_rule() => new LayoutTest("""
        [ZeroCopyBuffer]
        public partial struct Tick
        {
        #pragma warning disable ZCS1001
            public int Silenced;
        #pragma warning restore ZCS1001
            public int {|ZCS1001:Reported|};
        }
        """)
    {
        // The framework's own check would silence the whole file, and with it what must be reported here.
        TestBehaviors = TestBehaviors.SkipSuppressionCheck,
    }.RunAsync();

    [Fact]
    public Task An_editorconfig_silences_a_rule() => new LayoutTest("""
        [ZeroCopyBuffer] public partial struct Tick { public int Silenced; public string {|ZCS1002:Reported|}; }
        """)
    {
        TestState = { AnalyzerConfigFiles = { ("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.ZCS1001.severity = none\n") } },
    }.RunAsync();
}
