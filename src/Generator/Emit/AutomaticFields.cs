using System.Globalization;
using ZeroCopySockets.Generator.Emit.Variable;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>
/// Writes what fills in and checks the fields whose value follows from the rest of the message: magic values and
/// checksums. Checksums are filled last and verified first.
/// </summary>
internal static class AutomaticFields
{
    /// <summary>A statement that writes a magic value.</summary>
    public static void WriteMagic(SourceWriter writer, PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        if (planned.Bits is not null)
        {
            BitsCode.WriteOne(writer, planned, "wire", "");
        }
        else if (field.Type is ScalarType scalar)
        {
            writer.Write(ScalarCode.Write(Number(scalar), field.ByteOrder, "wire", offset, Literal(field)));
        }
        else
        {
            writer.Write($"{Bytes(field)}.CopyTo(wire.Slice({offset}, {planned.Size}));");
        }
    }

    /// <summary>A condition that is true when the bytes are not the magic value.</summary>
    public static string IsNotMagic(PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        return (planned.Bits, field.Type) switch
        {
            (not null, _) => $"{BitsCode.ReadUnderlying(planned, "wire")} != {Literal(field)}",
            (_, ScalarType scalar) => $"{ScalarCode.Read(Number(scalar), field.ByteOrder, "wire", offset)} != {Literal(field)}",
            _ => $"!global::System.MemoryExtensions.SequenceEqual(wire.Slice({offset}, {planned.Size}), {Bytes(field)})",
        };
    }

    /// <summary>What <see cref="IsNotMagic"/> found, in words.</summary>
    public static string Reason(FieldModel field) => field.Type is ScalarType
        ? $"must be {field.Magic!.Number.ToString(CultureInfo.InvariantCulture)}"
        : $"must be the bytes {string.Concat(field.Magic!.Bytes.Select(b => b.ToString("X2", CultureInfo.InvariantCulture)))}";

    /// <summary>Statements that fill in the checksums of an otherwise complete message.</summary>
    public static void WriteChecksums(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField planned in layout.Fields.Where(f => f.Field.Checksum is not null))
        {
            FieldModel field = planned.Field;
            string value = field.Type.Size == 2 ? $"(ushort){Compute(layout, planned)}" : Compute(layout, planned);
            writer.Write(ScalarCode.Write((ScalarType)field.Type, field.ByteOrder, "wire", $"Offsets.{field.Name}", value));
        }
    }

    /// <summary>Statements that return from the method when a checksum is wrong.</summary>
    public static void WriteChecksumChecks(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField planned in layout.Fields.Where(f => f.Field.Checksum is not null))
        {
            FieldModel field = planned.Field;
            writer.Open($"if ({ScalarCode.Read((ScalarType)field.Type, field.ByteOrder, "wire", $"Offsets.{field.Name}")} != {Compute(layout, planned)})");
            writer.Write($"return {Names.ParseStatus}.Invalid(\"{field.PlainName}\", \"the checksum does not match\");");
            writer.Close();
            writer.Blank();
        }
    }

    /// <summary>A statement that writes the length of a message of fixed size.</summary>
    public static void WriteLength(SourceWriter writer, MessageLayout layout, PlannedField planned)
    {
        FieldModel field = planned.Field;
        long size = layout.RangeOf(field.Purpose!, received: false).Least;
        writer.Write(ScalarCode.Write(
            (ScalarType)field.Type, field.ByteOrder, "wire", $"Offsets.{field.Name}", size.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The method that fills all of it in, for messages that were edited in place.</summary>
    public static void WriteSeal(SourceWriter writer, MessageLayout layout)
    {
        string size = layout.IsFixedSize ? "WireSize" : "BlockSize";
        string message = layout.IsFixedSize ? "At least <see cref=\"WireSize\"/> bytes." : "A message, and nothing behind it.";
        writer.Write($"""
            /// <summary>
            /// Fills in the fields of an encoded message that follow from the rest: magic values, then checksums. Encode does it,
            /// and so do typed sends of a <see cref="Buffer"/>; bytes edited with a <see cref="Writer"/> and sent in another way need it.
            /// </summary>
            /// <param name="message">{message}</param>
            {Names.GeneratedCode}
            """);
        writer.Open($"public static void Seal({Names.Bytes} message)");
        writer.Write($"{Names.Bytes} wire = message.Slice(0, {size});");
        foreach (PlannedField planned in layout.Fields)
        {
            SealNested(writer, planned);
            if (planned.Field.Magic is not null)
            {
                WriteMagic(writer, planned);
            }
            else if (planned.Field.IsMeasured && layout.IsFixedSize)
            {
                WriteLength(writer, layout, planned);
            }
        }

        VariableEmitter.WriteSealElements(writer, layout);
        if (!layout.IsFixedSize && HasChecksum(layout))
        {
            writer.Write("wire = message;");
        }

        WriteChecksums(writer, layout);
        writer.Close();
    }

    public static bool HasChecksum(MessageLayout layout) => layout.Fields.Any(f => f.Field.Checksum is not null);

    private static void SealNested(SourceWriter writer, PlannedField planned)
    {
        string offset = $"Offsets.{planned.Field.Name}";
        switch (planned.Field.Type)
        {
            case NestedType { HasSeal: true } nested:
                writer.Write($"{nested.TypeName}.Seal(wire.Slice({offset}, {nested.WireSize}));");
                break;
            case ArrayType { Element: NestedType { HasSeal: true } element } array:
                writer.Open($"for (int i = 0; i < {array.Length}; i++)");
                writer.Write($"{element.TypeName}.Seal(wire.Slice({offset} + (i * {element.WireSize}), {element.WireSize}));");
                writer.Close();
                writer.Blank();
                break;
        }
    }

    private static string Compute(MessageLayout layout, PlannedField planned)
    {
        ChecksumModel checksum = planned.Field.Checksum!;
        ChecksumRange range = ChecksumRanges.Of(layout, planned);
        string bytes = checksum.To is not null ? $"wire.Slice({range.Start}, {range.Length})"
            : range.Start == 0 ? "wire" : $"wire.Slice({range.Start})";
        string ownBytes = range.ZeroLength == 0 ? "" : $", {range.ZeroStart}, {range.ZeroLength}";
        return $"{Names.Runtime}.WireChecksum.Compute({Names.Runtime}.ChecksumAlgorithm.{checksum.Algorithm}, {bytes}{ownBytes})";
    }

    /// <summary>The integer under an enum: a magic value need not be one that the enum defines.</summary>
    private static ScalarType Number(ScalarType scalar) => scalar with { Enum = null };

    private static string Literal(FieldModel field)
    {
        WirePrimitive primitive = ((ScalarType)field.Type).Primitive;
        string literal = ScalarCode.Literal(field.Magic!.Number, primitive);
        return primitive == WirePrimitive.Char ? $"(char){literal}" : literal;
    }

    private static string Bytes(FieldModel field)
    {
        string bytes = string.Join(", ", field.Magic!.Bytes.Select(b => "0x" + b.ToString("X2", CultureInfo.InvariantCulture)));
        return $"(({Names.ReadOnlyBytes})[{bytes}])";
    }
}
