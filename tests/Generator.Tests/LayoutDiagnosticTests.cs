using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Each reason to reject a field, at the field.</summary>
public class LayoutDiagnosticTests
{
    [Theory]
    [InlineData("ushort")]
    [InlineData("char")]
    [InlineData("Half")]
    [InlineData("double")]
    [InlineData("UInt128")]
    [InlineData("DayOfWeek")]
    [InlineData("InlineArray3<short>")]
    [InlineData("Guid")]
    [InlineData("DateTime")]
    [InlineData("TimeSpan")]
    [InlineData("decimal")]
    public Task A_multi_byte_field_without_byte_order_is_reported(string type) => LayoutTest.Check($$"""
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; public {{type}} {|ZCS1001:Value|}; }
        """);

    [Fact]
    public Task A_fixed_buffer_of_multi_byte_elements_without_byte_order_is_reported() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        public unsafe partial struct Tick { public fixed byte Name[4]; public fixed int {|ZCS1001:Levels|}[4]; }
        """);

    [Fact]
    public Task The_message_names_the_field() => new LayoutTest("""
        [ZeroCopyBuffer]
        public partial struct Tick { public int {|#0:Value|}; }
        """)
    {
        ExpectedDiagnostics =
        {
            DiagnosticResult.CompilerError("ZCS1001").WithLocation(0).WithMessage(
                "Field 'Value' is wider than one byte, and neither the field, the struct nor the assembly states its byte order"),
        },
    }.RunAsync();

    [Theory]
    [InlineData("public partial struct Tick { [ByteOrder(ByteOrder.BigEndian)] public int Value; }", "")]
    [InlineData("public partial struct Tick { public int Value; }", "[assembly: ByteOrder(ByteOrder.LittleEndian)]")]
    [InlineData("public partial struct Tick { public byte A; public sbyte B; public bool C; public InlineArray4<byte> D; }", "")]
    [InlineData("public partial struct Tick { public byte A; public static string Name = \"\"; public const int Version = 1; }", "")]
    [InlineData("public partial record struct Tick { public byte A; }", "")]
    [InlineData("public partial struct Tick { public byte A; public readonly int Twice => A * 2; public event Action E { add { } remove { } } }", "")]
    public Task A_message_that_can_be_laid_out_is_not_reported(string message, string assembly) =>
        LayoutTest.Check($"{assembly}\n[ZeroCopyBuffer] {message}");

    [Theory]
    [InlineData("string")]
    [InlineData("object")]
    [InlineData("byte[]")]
    [InlineData("Action")]
    [InlineData("IDisposable")]
    [InlineData("InlineArray2<string>")]
    public Task A_reference_is_reported(string type) => LayoutTest.Check($$"""
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; public {{type}} {|ZCS1002:Value|}; }
        """);

    [Theory]
    [InlineData("nint")]
    [InlineData("UIntPtr")]
    [InlineData("byte*")]
    [InlineData("void*")]
    [InlineData("delegate*<void>")]
    [InlineData("InlineArray2<nint>")]
    public Task A_pointer_or_a_native_sized_integer_is_reported(string type) => LayoutTest.Check($$"""
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public unsafe partial struct Tick { public byte Kind; public {{type}} {|ZCS1005:Value|}; }
        """);

    [Theory]
    [InlineData("DateTimeOffset")]
    [InlineData("DateOnly")]
    [InlineData("int?")]
    [InlineData("(int, int)")]
    [InlineData("InlineArray2<Index>")]
    [InlineData("InlineArray2<InlineArray2<byte>>")]
    [InlineData("Nothing")]
    public Task A_type_with_no_agreed_wire_format_is_reported(string type) => LayoutTest.Check($$"""
        public enum Nothing : byte { }
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public byte Kind; public {{type}} {|ZCS1006:Value|}; }
        """);

    [Fact]
    public Task A_readonly_field_is_reported() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        public partial struct Tick { public readonly byte {|ZCS1007:Kind|}; }
        """);

    [Fact]
    public Task A_readonly_struct_is_reported_once() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        public readonly partial struct {|ZCS1007:Tick|} { public readonly byte Kind; public readonly byte Side; }
        """);

    [Theory]
    [InlineData("public partial struct Tick { public byte Kind; public byte {|ZCS1008:Side|} { get; set; } }")]
    [InlineData("public partial struct Tick { public byte Kind; public byte {|ZCS1008:Side|} { get => field; set; } }")]
    [InlineData("public partial record struct Tick(byte {|ZCS1008:Kind|}, byte {|ZCS1008:Side|});")]
    [InlineData("public partial struct {|ZCS1008:Tick|}(byte kind) { public byte Side; public byte Kind() => kind; }")]
    [InlineData("public partial struct Tick { public byte Kind; public event Action {|ZCS1008:Changed|}; }")]
    public Task Storage_that_is_not_a_declared_field_is_reported(string message) =>
        LayoutTest.Check("[ZeroCopyBuffer] " + message);

    [Fact]
    public Task A_positional_parameter_declared_as_a_field_is_a_field() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        public partial record struct Tick(byte Kind) { public byte Kind = Kind; }
        """);

    [Theory]
    [InlineData("")]
    [InlineData("public static int Count; public const int Version = 1; public int Twice => 2;")]
    public Task A_message_without_fields_is_reported(string members) => LayoutTest.Check($$"""
        [ZeroCopyBuffer]
        public partial struct {|ZCS1009:Tick|} { {{members}} }
        """);

    [Fact]
    public Task A_nested_struct_without_the_attribute_is_reported() => LayoutTest.Check("""
        public struct Plain { public byte Value; }
        [ZeroCopyBuffer] public partial struct Header { public byte Value; }
        [ZeroCopyBuffer] public partial struct Tick { public Header Header; public Plain {|ZCS1010:Plain|}; public InlineArray2<Plain> {|ZCS1010:Plains|}; }
        """);

    [Fact]
    public Task A_nested_cycle_is_reported_at_each_field_that_closes_it() => LayoutTest.Check("""
        [ZeroCopyBuffer] public partial struct A { public B {|CS0523:{|ZCS1011:Next|}|}; }
        [ZeroCopyBuffer] public partial struct B { public byte Value; public A {|CS0523:{|ZCS1011:Back|}|}; }
        [ZeroCopyBuffer] public partial struct Outside { public A First; }
        [ZeroCopyBuffer] public partial struct C { public byte Value; public InlineArray2<C> {|CS0523:{|ZCS1011:Children|}|}; }
        """);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("65537")]
    [InlineData("int.MaxValue")]
    public Task A_pad_of_no_bytes_or_of_too_many_is_reported(string bytes) => new LayoutTest($$"""
        [ZeroCopyBuffer]
        public partial struct Tick { [Pad(1)] public byte Kind; [Pad({{bytes}})] public byte {|ZCS1012:Side|}; }
        """)
    {
        // A pad beyond the largest slot also makes the message too large; that is another rule's test.
        DisabledDiagnostics = { "ZCS1013" },
    }.RunAsync();

    [Fact]
    public Task A_message_of_the_largest_slot_fits_and_one_byte_more_does_not() => LayoutTest.Check("""
        [InlineArray(65535)] public struct Most { private byte _first; }
        [ZeroCopyBuffer] public partial struct Fits { public byte Kind; public Most Rest; }
        [ZeroCopyBuffer] public partial struct TooLarge { public byte Kind; public Most Rest; public byte {|ZCS1013:Last|}; public byte After; }
        [ZeroCopyBuffer] public partial struct Padded { public Most Rest; [Pad(1)] public byte {|ZCS1013:Last|}; }
        [ZeroCopyBuffer] public partial struct Nested { public Fits Inner; public byte {|ZCS1013:Last|}; }
        """);

    [Fact]
    public Task A_size_beyond_any_integer_is_too_large_and_does_not_wrap() => LayoutTest.Check("""
        [InlineArray(int.MaxValue)] public struct Vast { private byte _first; }
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public Vast {|ZCS1013:A|}; public Vast B; public Vast C; }
        """);

    [Fact]
    public Task A_byte_order_on_a_nested_message_is_reported() => LayoutTest.Check("""
        [ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Header { public int Length; }
        [ZeroCopyBuffer] public partial struct Tick { [ByteOrder(ByteOrder.LittleEndian)] public Header {|ZCS1016:Header|}; }
        """);

    [Fact]
    public Task Every_field_that_is_wrong_is_reported_at_once() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        public partial struct Tick
        {
            public string {|ZCS1002:Name|};
            public int {|ZCS1001:Value|};
            [Pad(0)] public byte {|ZCS1012:Kind|};
            public nint {|ZCS1005:Handle|};
        }
        """);

    [Fact]
    public Task The_layout_attributes_of_the_runtime_change_nothing() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)]
        public partial struct Tick
        {
            [System.Runtime.InteropServices.FieldOffset(4)] public byte Second;
            [System.Runtime.InteropServices.FieldOffset(0)] public byte First;
        }
        """);

    [Fact]
    public Task A_type_that_does_not_exist_is_left_to_the_compiler() => LayoutTest.Check("""
        [ZeroCopyBuffer]
        public partial struct Tick { public byte Kind; public {|CS0246:Missing|} Value; }
        """);

    [Fact]
    public Task A_message_of_an_assembly_without_generated_code_is_reported()
    {
        byte[] library = Harness.Emit(Harness.Compile("Library", """
            [ZeroCopySockets.ZeroCopyBuffer] public partial struct Header { public byte Kind; }
            """));

        return new LayoutTest("[ZeroCopyBuffer] public partial struct Tick { public Header {|ZCS1006:Header|}; }")
        {
            TestState = { AdditionalReferences = { MetadataReference.CreateFromImage(library) } },
        }.RunAsync();
    }
}
