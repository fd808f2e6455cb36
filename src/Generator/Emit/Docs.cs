using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Words about fields and sizes, for the documentation of generated members.</summary>
internal static class Docs
{
    public static string Bytes(int count) => count == 1 ? "1 byte" : $"{count} bytes";

    /// <summary>What messages take: "20 bytes", or "8 to 1408 bytes".</summary>
    public static string Sizes(MessageLayout layout) =>
        layout.MinWireSize == layout.MaxWireSize ? Bytes(layout.WireSize) : $"{layout.MinWireSize} to {layout.MaxWireSize} bytes";

    /// <summary>Where a field lies: "8 bytes at offset 0, big-endian".</summary>
    public static string Place(PlannedField field) => field.Bits is { } bits
        ? $"{Bits(bits.Count)} of the {Bytes(bits.SharedBytes)} at offset {field.Offset}, {BitOrder(bits.Order)}"
        : $"{Bytes(field.Size)} at offset {field.Offset}{OrderSuffix(field.Field)}";

    /// <summary>A reference to the field a member was generated from.</summary>
    public static string Cref(MessageModel message, FieldModel field) =>
        $"<see cref=\"{message.Name}.{field.Name}\"/>";

    public static string Bits(int count) => count == 1 ? "1 bit" : $"{count} bits";

    /// <summary>What a field holds: "ulong, big-endian".</summary>
    public static string TypeLabel(FieldModel field)
    {
        string order = field.Bits is { } bits ? $", {BitOrder(bits.Order)}" : OrderSuffix(field);
        return field.Type is ArrayType array
            ? $"{Label(array.Element)}[{array.Length}]{order}"
            : Label(field.Type) + order;
    }

    private static string BitOrder(WireBitOrder order) =>
        order == WireBitOrder.MsbFirst ? "most significant first" : "least significant first";

    private static string Label(FieldType type) => type switch
    {
        ScalarType scalar => ScalarLabel(scalar),
        NestedType nested => Strip(nested.TypeName),
        TextType text => text.IsUtf8 ? "UTF-8 text" : "ASCII text",
        _ => throw new InvalidOperationException(),
    };

    /// <summary>What a sequence holds: "Leg[], at most 4".</summary>
    public static string TypeLabel(SequenceModel sequence)
    {
        string element = sequence.Element is ScalarType scalar ? ScalarLabel(scalar) : Strip(sequence.ElementTypeName);
        return $"{element}[], at most {sequence.Max}{(sequence.IsGroup ? ", after their size and number" : "")}";
    }

    private static string ScalarLabel(ScalarType scalar) => scalar.Enum is { } e
        ? $"{e.DisplayName} : {scalar.Primitive.TypeName()}"
        : Strip(scalar.Primitive.TypeName());

    private static string OrderSuffix(FieldModel field) => (field.Type.NeedsByteOrder, field.ByteOrder) switch
    {
        (false, _) => "",
        (_, WireByteOrder.BigEndian) => ", big-endian",
        _ => ", little-endian",
    };

    private static string Strip(string typeName) => WithoutPrefix(WithoutPrefix(typeName, "global::"), "System.");

    private static string WithoutPrefix(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) ? name.Substring(prefix.Length) : name;
}
