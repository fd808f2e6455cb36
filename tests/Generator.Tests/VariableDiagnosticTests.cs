using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests;

/// <summary>Each reason to reject a text, a length, a group or a tail, at the member.</summary>
public class VariableDiagnosticTests
{
    [Theory]
    [InlineData("[Text(8, TextEncoding.Ascii)] public string {|ZCS1030:{|ZCS1008:Symbol|}|} { get; set; }")]
    [InlineData("[Text(8, TextEncoding.Ascii)] public string {|ZCS1030:Symbol|} => \"\";")]
    [InlineData("[Text(8, TextEncoding.Ascii)] public partial string {|ZCS1030:{|CS9248:Symbol|}|} { get; }")]
    [InlineData("[Text(8, TextEncoding.Ascii)] public partial string {|ZCS1030:{|CS9248:Symbol|}|} { get; init; }")]
    [InlineData("[Text(8, TextEncoding.Ascii)] public partial string {|ZCS1030:Symbol|} { get; set; } public partial string Symbol { get => \"\"; set { } }")]
    public Task A_property_whose_other_half_cannot_be_generated_is_reported(string member) => Check(member);

    [Theory]
    [InlineData("[Text(8, TextEncoding.Ascii)] public partial int {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Text(8, TextEncoding.Ascii, Padding = 'é')] public partial string {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = 8)] public partial byte[] {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = 8)] public partial Span<byte> {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<Plain> {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<string> {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Group(Max = 8)] public partial ReadOnlySpan<byte> {|ZCS1031:{|CS9248:X|}|} { get; set; }")]
    public Task A_property_of_a_type_that_does_not_fit_is_reported(string member) => Check(member);

    [Theory]
    [InlineData("[Text(0, TextEncoding.Ascii)] public partial string {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Text(-1, TextEncoding.Ascii)] public partial string {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail] public partial ReadOnlySpan<byte> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = -1)] public partial ReadOnlySpan<byte> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = int.MaxValue)] public partial ReadOnlySpan<Entry> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Group(Max = 65536)] public partial ReadOnlySpan<Entry> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Group(Max = 2, MaxEntryBytes = 2)] public partial ReadOnlySpan<Entry> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Group(Max = 2, MaxEntryBytes = 65536)] public partial ReadOnlySpan<Entry> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Group(Max = 10000, MaxEntryBytes = 65535)] public partial ReadOnlySpan<Entry> {|ZCS1032:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[BlockLength(Max = 1)] public ushort {|ZCS1032:X|};")]
    public Task A_capacity_that_cannot_travel_is_reported(string member) => Check(member);

    [Theory]
    [InlineData("[Tail(Max = 65535)] public partial ReadOnlySpan<byte> {|CS9248:X|} { get; set; }")]
    [InlineData("[Tail(Max = 65536)] public partial ReadOnlySpan<byte> {|ZCS1013:{|CS9248:X|}|} { get; set; }")]
    [InlineData("[Tail(Max = 30000)] public partial ReadOnlySpan<Entry> {|ZCS1013:{|CS9248:X|}|} { get; set; }")]
    public Task A_message_whose_largest_is_larger_than_a_slot_is_reported(string member) => Check(member);

    [Theory]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; } public byte {|ZCS1033:B|};")]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; } [Tail(Max = 8)] public partial ReadOnlySpan<byte> {|ZCS1033:{|CS9248:B|}|} { get; set; }")]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; } [Group(Max = 8)] public partial ReadOnlySpan<Entry> {|ZCS1033:{|CS9248:B|}|} { get; set; }")]
    [InlineData("[Group(Max = 8)] public partial ReadOnlySpan<Entry> {|CS9248:A|} { get; set; } [Text(4, TextEncoding.Utf8)] public partial string {|ZCS1033:{|CS9248:B|}|} { get; set; }")]
    public Task Members_out_of_order_are_reported(string members) => Check(members);

    [Theory]
    [InlineData("[CountOf(\"Missing\")] public byte {|ZCS1034:Count|}; [Tail(Max = 8)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    [InlineData("[LengthOf(nameof(First))] public byte {|ZCS1034:Count|};")]
    [InlineData("[CountOf(nameof(A))] public byte {|ZCS1034:Count|}; [Group(Max = 8)] public partial ReadOnlySpan<Entry> {|CS9248:A|} { get; set; }")]
    public Task A_length_of_what_is_no_tail_is_reported(string members) => Check(members);

    [Theory]
    [InlineData("int")]
    [InlineData("sbyte")]
    [InlineData("bool")]
    [InlineData("float")]
    [InlineData("DayOfWeek")]
    [InlineData("Entry")]
    public Task A_length_that_is_no_unsigned_integer_is_reported(string type) => Check($"[LengthOf] public {type} {{|ZCS1035:Length|}};");

    [Theory]
    [InlineData("[CountOf(nameof(A))] public byte {|ZCS1036:Count|}; [Tail(Max = 256)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    [InlineData("[LengthOf(nameof(A))] public byte {|ZCS1036:Count|}; [Tail(Max = 86)] public partial ReadOnlySpan<Entry> {|CS9248:A|} { get; set; }")]
    [InlineData("[LengthOf] public byte {|ZCS1036:Length|}; [Tail(Max = 254)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    [InlineData("[LengthOf(Adjust = 3)] public byte {|ZCS1036:Length|};")]
    [InlineData("[CountOf(nameof(A), Adjust = 1)] public byte {|ZCS1036:Count|}; [Tail(Max = 9)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    [InlineData("[CountOf(nameof(A), Adjust = -1)] public byte {|ZCS1036:Count|}; [Tail(Max = 255)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    public Task A_length_field_that_is_too_narrow_is_reported(string members) => Check(members);

    [Theory]
    [InlineData("[LengthOf(Adjust = 2)] public byte Length;")]
    [InlineData("[LengthOf] public byte Length; [Tail(Max = 253)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    [InlineData("[CountOf(nameof(A))] public byte Count; [Tail(Max = 255)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    [InlineData("[CountOf(nameof(A)), ByteOrder(ByteOrder.BigEndian)] public ulong Count; [Tail(Max = 255)] public partial ReadOnlySpan<byte> {|CS9248:A|} { get; set; }")]
    public Task A_length_field_that_is_just_wide_enough_is_fine(string members) => Check(members);

    [Theory]
    [InlineData("public Varying {|ZCS1037:A|};")]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<Varying> {|ZCS1037:{|CS9248:A|}|} { get; set; }")]
    [InlineData("[Group(Max = 8)] public partial ReadOnlySpan<Varying> {|ZCS1037:{|CS9248:A|}|} { get; set; }")]
    public Task A_nested_message_of_variable_size_is_reported(string member) => Check(member);

    [Theory]
    [InlineData("[Since(1)] public byte {|ZCS1038:A|};")]
    [InlineData("[BlockLength] public byte B; [Since(0)] public byte {|ZCS1038:A|};")]
    [InlineData("[BlockLength] public byte B; [Since(-1)] public byte {|ZCS1038:A|};")]
    [InlineData("[BlockLength] public byte B; [Since(2)] public byte A; [Since(1)] public byte {|ZCS1038:C|};")]
    [InlineData("[BlockLength] public byte B; [Since(2)] public byte A; public byte {|ZCS1038:C|};")]
    [InlineData("[Since(1), BlockLength] public byte {|ZCS1038:B|};")]
    [InlineData("[BlockLength] public byte B; [Since(1), Tail(Max = 8)] public partial ReadOnlySpan<byte> {|ZCS1038:{|CS9248:A|}|} { get; set; }")]
    public Task A_version_no_receiver_could_tell_is_reported(string members) => Check(members);

    [Theory]
    [InlineData("[LengthOf, BlockLength] public byte {|ZCS1039:A|};")]
    [InlineData("[LengthOf] public byte A; [LengthOf] public byte {|ZCS1039:B|};")]
    public Task What_is_said_twice_is_reported(string members) => Check(members);

    [Theory]
    [InlineData("[Group(Max = 8)] public partial ReadOnlySpan<Entry> {|ZCS1001:{|CS9248:A|}|} { get; set; }")]
    [InlineData("[Tail(Max = 8)] public partial ReadOnlySpan<int> {|ZCS1001:{|CS9248:A|}|} { get; set; }")]
    public Task A_group_or_a_tail_of_numbers_without_byte_order_is_reported(string member) => LayoutTest.Check($$"""
        [ZeroCopyBuffer] public partial struct Entry { public byte A, B, C; }
        [ZeroCopyBuffer] public partial struct Tick { public byte First; {{member}} }
        """);

    [Theory]
    [InlineData("public byte {|ZCS1014:SizeOf|};")]
    [InlineData("public byte {|ZCS1014:BlockSize|};")]
    [InlineData("public byte {|ZCS1014:_aStorage|};")]
    [InlineData("public byte {|ZCS1014:_aCount|};")]
    [InlineData("public byte {|ZCS1014:AStorage|};")]
    [InlineData("public byte {|ZCS1014:AList|};")]
    public Task A_name_that_a_message_of_variable_size_needs_is_reported(string member) =>
        Check(member + " [Tail(Max = 8)] public partial ReadOnlySpan<Entry> {|CS9248:A|} { get; set; }");

    /// <summary>The generator does not run here, so each sound property lacks its other half: CS9248.</summary>
    private static Task Check(string members) => LayoutTest.Check($$"""
        public struct Plain { public byte Value; }
        [ZeroCopyBuffer] public partial struct Entry { public byte A, B, C; }
        [ZeroCopyBuffer] public partial struct Varying { [BlockLength] public byte Length; }
        [ZeroCopyBuffer(ByteOrder.BigEndian)]
        public partial struct Tick { public byte First; {{members}} }
        """);
}
