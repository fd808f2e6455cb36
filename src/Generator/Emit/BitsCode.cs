using System.Globalization;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Expressions and statements that move bit fields. Those that share bytes are one integer, loaded and stored at once.</summary>
internal static class BitsCode
{
    /// <summary>An expression of the field's own type.</summary>
    public static string Read(PlannedField field, string span)
    {
        var scalar = (ScalarType)field.Field.Type;
        string raw = ReadUnderlying(field, span);
        return scalar.Enum is { } e ? $"({e.TypeName}){raw}" : raw;
    }

    /// <summary>An expression of the integer under the field's type; of the field's own type for a bool of one bit.</summary>
    public static string ReadUnderlying(PlannedField field, string span)
    {
        BitPlace place = field.Bits!;
        var scalar = (ScalarType)field.Field.Type;
        string load = Load(place, span, Offset(field));
        if (scalar.Primitive.IsSigned())
        {
            string raised = $"((long)((ulong){load} << {64 - place.Shift - place.Count}) >> {64 - place.Count})";
            return $"unchecked(({scalar.Primitive.TypeName()}){raised})";
        }

        bool isTop = place.Shift + place.Count == place.SharedBytes * 8;
        string shifted = place.Shift == 0 ? load : $"({load} >> {place.Shift})";
        string bits = isTop ? shifted : $"({shifted} & {Mask(place.Count)})";
        return scalar.Primitive == WirePrimitive.Bool ? $"{bits} != 0" : $"({scalar.Primitive.TypeName()}){bits}";
    }

    /// <summary>A condition that is true of bits a receiver must reject; null when every value is fine.</summary>
    public static string? IsInvalid(PlannedField field, string span) =>
        field.Field.Type is ScalarType { Enum: not null } scalar
            ? ScalarCode.IsInvalid(scalar, ReadUnderlying(field, span))
            : field is { Bits.Count: > 1, Field.Type: ScalarType { Primitive: WirePrimitive.Bool } }
                ? ScalarCode.IsInvalid((ScalarType)field.Field.Type, ReadUnderlying(field with { Field = field.Field with { Type = new ScalarType(WirePrimitive.Byte, null) } }, span))
                : null;

    /// <summary>Statements that encode all fields that share their bytes with this first one.</summary>
    public static void WriteShared(SourceWriter writer, IReadOnlyList<PlannedField> sharing)
    {
        BitPlace place = sharing[0].Bits!;
        string word = $"bits{sharing[0].Offset}";
        writer.Write($"ulong {word} = {string.Join("\n    | ", sharing.Select(f => Shifted(f, $"value.{f.Field.Name}")))};");
        Store(writer, place, "wire", Offset(sharing[0]), word);
    }

    /// <summary>Statements that set one field and keep its neighbours.</summary>
    public static void WriteOne(SourceWriter writer, PlannedField field, string span, string value)
    {
        BitPlace place = field.Bits!;
        string word = $"bits{field.Offset}Of{field.Field.PlainName}";
        string others = Hex(~(Ones(place.Count) << place.Shift) & Ones(place.SharedBytes * 8));
        writer.Write($"ulong {word} = ({Load(place, span, Offset(field))} & {others}UL) | {Shifted(field, value)};");
        Store(writer, place, span, Offset(field), word);
    }

    private static string Offset(PlannedField field) => $"Offsets.{field.Field.Name}";

    private static string Shifted(PlannedField field, string value)
    {
        string word = Word(field, value);
        return field.Bits!.Shift == 0 ? word : $"({word} << {field.Bits.Shift})";
    }

    private static string Word(PlannedField field, string value)
    {
        int count = field.Bits!.Count;
        var scalar = (ScalarType)field.Field.Type;
        if (field.Field.Magic is { } magic)
        {
            ulong bits = magic.Number < 0 ? unchecked((ulong)(long)magic.Number) : (ulong)magic.Number;
            return $"{Hex(bits & Ones(count))}UL";
        }

        if (scalar.Primitive == WirePrimitive.Bool)
        {
            return $"({value} ? 1UL : 0UL)";
        }

        bool isSigned = scalar.Primitive.IsSigned();
        string number = scalar.Enum is null ? value : $"({(isSigned ? "long" : "ulong")}){value}";
        bool isWhole = count == 8 * (int)scalar.Size;
        return isWhole && !isSigned
            ? $"(ulong){value}"
            : $"{Names.Runtime}.WireFormat.{(isSigned ? "FitSigned" : "FitUnsigned")}({number}, {count}, \"{field.Field.PlainName}\")";
    }

    private static string Load(BitPlace place, string span, string offset) => place.SharedBytes switch
    {
        1 => $"{span}[{offset}]",
        2 or 4 or 8 => $"{Names.BinaryPrimitives}.ReadUInt{place.SharedBytes * 8}{Order(place)}({span}.Slice({offset}, {place.SharedBytes}))",
        _ => $"({string.Join(" | ", Enumerable.Range(0, place.SharedBytes).Select(i => LoadByte(place, span, offset, i)))})",
    };

    private static string LoadByte(BitPlace place, string span, string offset, int index)
    {
        string value = $"(ulong){span}[{At(offset, index)}]";
        int shift = ShiftOfByte(place, index);
        return shift == 0 ? value : $"({value} << {shift})";
    }

    private static void Store(SourceWriter writer, BitPlace place, string span, string offset, string word)
    {
        switch (place.SharedBytes)
        {
            case 1:
                writer.Write($"{span}[{offset}] = (byte){word};");
                break;
            case 2 or 4 or 8:
                string type = place.SharedBytes switch { 2 => "(ushort)", 4 => "(uint)", _ => "" };
                writer.Write($"{Names.BinaryPrimitives}.WriteUInt{place.SharedBytes * 8}{Order(place)}({span}.Slice({offset}, {place.SharedBytes}), {type}{word});");
                break;
            default:
                for (int i = 0; i < place.SharedBytes; i++)
                {
                    int shift = ShiftOfByte(place, i);
                    writer.Write($"{span}[{At(offset, i)}] = unchecked((byte){(shift == 0 ? word : $"({word} >> {shift})")});");
                }

                break;
        }
    }

    private static string At(string offset, int index) => index == 0 ? offset : $"{offset} + {index}";

    private static int ShiftOfByte(BitPlace place, int index) =>
        8 * (place.Order == WireBitOrder.MsbFirst ? place.SharedBytes - 1 - index : index);

    private static string Order(BitPlace place) => place.Order == WireBitOrder.MsbFirst ? "BigEndian" : "LittleEndian";

    private static string Mask(int count) => Hex(Ones(count));

    private static ulong Ones(int count) => ulong.MaxValue >> (64 - count);

    private static string Hex(ulong value) => "0x" + value.ToString("X", CultureInfo.InvariantCulture);
}
