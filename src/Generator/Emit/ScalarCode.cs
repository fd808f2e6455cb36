using System.Globalization;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Expressions and statements that move one scalar between a value and its bytes.</summary>
internal static class ScalarCode
{
    /// <summary>An expression of the scalar's own type.</summary>
    public static string Read(ScalarType type, WireByteOrder order, string span, string offset)
    {
        string raw = ReadUnderlying(type.Primitive, order, span, offset);
        return type.Enum is { } e ? $"({e.TypeName}){raw}" : type.Primitive switch
        {
            WirePrimitive.Bool => $"{raw} != 0",
            WirePrimitive.DateTime => $"{Names.Runtime}.WireFormat.ToDateTime({raw})",
            WirePrimitive.TimeSpan => $"new global::System.TimeSpan({raw})",
            WirePrimitive.Decimal => $"{Names.Runtime}.WireFormat.ToDecimal({raw})",
            _ => raw,
        };
    }

    /// <summary>A statement that stores a value of the scalar's own type.</summary>
    public static string Write(ScalarType type, WireByteOrder order, string span, string offset, string value)
    {
        string number = type.Enum is null ? value : $"({type.Primitive.TypeName()}){value}";
        return type.Primitive switch
        {
            WirePrimitive.Byte => $"{span}[{offset}] = {number};",
            WirePrimitive.SByte => $"{span}[{offset}] = unchecked((byte){number});",
            WirePrimitive.Bool => $"{span}[{offset}] = {value} ? (byte)1 : (byte)0;",
            WirePrimitive.Guid => $"{value}.TryWriteBytes({Field(type.Primitive, span, offset)}, {BigEndian(order)}, out _);",
            _ => $"{Accessor("Write", type.Primitive, order)}({Field(type.Primitive, span, offset)}, {Carried(type.Primitive, number)});",
        };
    }

    /// <summary>A condition that is true of bytes a receiver must reject; null when every value is fine.</summary>
    public static string? IsInvalid(ScalarType type, WireByteOrder order, string span, string offset) =>
        IsInvalid(type, ReadUnderlying(type.Primitive, order, span, offset));

    /// <summary>The same of an expression that has already read the integer under the type.</summary>
    public static string? IsInvalid(ScalarType type, string raw) =>
        type switch
        {
            { Primitive: WirePrimitive.Bool } => $"{raw} > 1",
            { Primitive: WirePrimitive.DateTime } => $"!{Names.Runtime}.WireFormat.IsUtcTicks({raw})",
            { Primitive: WirePrimitive.Decimal } => $"!{Names.Runtime}.WireFormat.IsDecimal({raw})",
            { Enum: null } or { Enum.AcceptsAll: true } => null,
            { Enum.FlagsMask: { } mask } => $"({raw} & ~({Literal(mask, type.Primitive)})) != 0",
            _ => $"{raw} is not ({string.Join(" or ", type.Enum.Defined.Select(r => Pattern(r, type.Primitive)))})",
        };

    /// <summary>What <see cref="IsInvalid"/> found, in words.</summary>
    public static string Reason(ScalarType type) => type switch
    {
        { Primitive: WirePrimitive.DateTime } => "no moment between the years 1 and 9999",
        { Primitive: WirePrimitive.Decimal } => "no decimal: a scale above 28, or a reserved bit",
        { Enum: null } => "a bool must be 0 or 1",
        { Enum.FlagsMask: not null } => $"a bit that no flag of {type.Enum.DisplayName} defines",
        _ => $"not a defined value of {type.Enum.DisplayName}",
    };

    /// <summary>A number as a literal that has, or converts to, the primitive's type.</summary>
    public static string Literal(decimal value, WirePrimitive primitive) =>
        value.ToString(CultureInfo.InvariantCulture) + primitive switch
        {
            WirePrimitive.UInt32 => "u",
            WirePrimitive.Int64 => "L",
            WirePrimitive.UInt64 => "UL",
            _ => "",
        };

    /// <summary>The encoding of a text, as code names it.</summary>
    public static string EncodingOf(TextType text) => $"{Names.Runtime}.TextEncoding.{(text.IsUtf8 ? "Utf8" : "Ascii")}";

    /// <summary>An unsigned integer that says how long something is, as it lies on the wire.</summary>
    public static string ReadLength(ScalarType type, WireByteOrder order, string span, string offset) =>
        ReadUnderlying(type.Primitive, order, span, offset);

    /// <summary>A condition that is true of a number outside of a range, as far as the type can hold one; null when it cannot.</summary>
    public static string? IsOutside(string number, WirePrimitive primitive, long least, long most)
    {
        string? below = least > 0 ? $"< {Literal(least, primitive)}" : null;
        string? above = most < primitive.Largest() ? $"> {Literal(most, primitive)}" : null;
        return (below, above) switch
        {
            (null, null) => null,
            (null, _) => $"{number} {above}",
            (_, null) => $"{number} {below}",
            _ => $"{number} is {below} or {above}",
        };
    }

    private static string ReadUnderlying(WirePrimitive primitive, WireByteOrder order, string span, string offset) =>
        primitive switch
        {
            WirePrimitive.Byte or WirePrimitive.Bool => $"{span}[{offset}]",
            WirePrimitive.SByte => $"unchecked((sbyte){span}[{offset}])",
            WirePrimitive.Char => $"(char){Accessor("Read", primitive, order)}({Field(primitive, span, offset)})",
            WirePrimitive.Guid => $"new global::System.Guid({Field(primitive, span, offset)}, {BigEndian(order)})",
            _ => $"{Accessor("Read", primitive, order)}({Field(primitive, span, offset)})",
        };

    /// <summary>The integer that stands for a value on the wire.</summary>
    private static string Carried(WirePrimitive primitive, string value) => primitive switch
    {
        WirePrimitive.DateTime => $"{Names.Runtime}.WireFormat.UtcTicks({value})",
        WirePrimitive.TimeSpan => $"{value}.Ticks",
        WirePrimitive.Decimal => $"{Names.Runtime}.WireFormat.DecimalBits({value})",
        _ => value,
    };

    private static string BigEndian(WireByteOrder order) => order == WireByteOrder.BigEndian ? "bigEndian: true" : "bigEndian: false";

    private static string Field(WirePrimitive primitive, string span, string offset) =>
        $"{span}.Slice({offset}, {primitive.Size()})";

    private static string Accessor(string verb, WirePrimitive primitive, WireByteOrder order)
    {
        WirePrimitive travelsAs = primitive switch
        {
            WirePrimitive.Char => WirePrimitive.UInt16,
            WirePrimitive.DateTime or WirePrimitive.TimeSpan => WirePrimitive.Int64,
            WirePrimitive.Decimal => WirePrimitive.UInt128,
            _ => primitive,
        };
        return $"{Names.BinaryPrimitives}.{verb}{travelsAs}{order}";
    }

    private static string Pattern(ValueRange range, WirePrimitive primitive) => range switch
    {
        _ when range.First == range.Last => Literal(range.First, primitive),
        { StartsAtMinimum: true } => $"<= {Literal(range.Last, primitive)}",
        { EndsAtMaximum: true } => $">= {Literal(range.First, primitive)}",
        _ => $">= {Literal(range.First, primitive)} and <= {Literal(range.Last, primitive)}",
    };
}
