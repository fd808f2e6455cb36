using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>
/// Writes <c>Encode</c> and <c>TryDecode</c>, and the bodies the view shares with them. All of them cut the span to the
/// constant size first: from there on the JIT knows every offset to be inside, and drops the check per field.
/// </summary>
internal static class CodecEmitter
{
    private const int FieldsOfSmallMessage = 8;

    public static void WriteEncode(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($"""
            /// <summary>Writes a message as {Docs.Bytes(layout.WireSize)}, padding included.</summary>
            /// <param name="value">The message.</param>
            /// <param name="destination">At least <see cref="WireSize"/> bytes; the rest is left alone.</param>
            /// <returns><see cref="WireSize"/>.</returns>
            /// <exception cref="global::System.ArgumentOutOfRangeException"><paramref name="destination"/> is too short.</exception>
            {Names.GeneratedCode}
            """);
        WriteInlineHint(writer, layout);
        writer.Open($"public static {UnsafeIf(layout)}int Encode(in {layout.Message.Name} value, {Names.Bytes} destination)");
        writer.Write($"{Names.Bytes} wire = destination.Slice(0, WireSize);");
        if (WholeCopy.Condition(layout) is { } sameInMemory)
        {
            writer.Write("// The fields lie in memory as they do on the wire; the JIT knows whether they do.");
            writer.Open($"if ({sameInMemory})");
            writer.Write($"{Names.MemoryMarshal}.Write(wire, in value);\nreturn WireSize;");
            writer.Close();
            writer.Blank();
        }

        WriteFields(writer, layout);
        AutomaticFields.WriteChecksums(writer, layout);
        writer.Write("return WireSize;");
        writer.Close();
    }

    /// <summary>Statements that write every field from <c>value</c> to <c>wire</c>.</summary>
    public static void WriteFields(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField field in layout.Fields)
        {
            WritePadding(writer, field.Offset - field.PadBefore, field.PadBefore);
            WriteField(writer, layout, field);
            WritePadding(writer, field.End, field.PadAfter);
            if (IsLoop(field))
            {
                writer.Blank();
            }
        }
    }

    public static void WriteTryDecode(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($"""
            /// <summary>Reads a message from the first {Docs.Bytes(layout.WireSize)}. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="value">The message; <c>default</c> unless the status is Ok.</param>
            {Names.GeneratedCode}
            """);
        WriteInlineHint(writer, layout);
        writer.Open($"public static {Names.ParseStatus} TryDecode({Names.ReadOnlyBytes} source, out {layout.Message.Name} value)");

        // Without anything to check, a comparison that the JIT sees spares it all others.
        writer.Write(HasChecks(layout)
            ? $$"""
                {{Names.ParseStatus}} status = View.TryParse(source, out _);
                if (!status.IsOk)
                {
                    value = default;
                    return status;
                }

                value = new View(source).Decode();
                return status;
                """
            : $$"""
                if (source.Length < WireSize)
                {
                    value = default;
                    return {{Names.ParseStatus}}.NeedMore(WireSize - source.Length);
                }

                value = new View(source).Decode();
                return {{Names.ParseStatus}}.Ok;
                """);
        writer.Close();
    }

    /// <summary>There are bytes of the right number that are no such message.</summary>
    public static bool HasChecks(MessageLayout layout) => AutomaticFields.HasChecksum(layout) || layout.Fields.Any(f => HasCheck(layout, f));

    /// <summary>Statements that pad the texts of a message that is all zero, where zero is not what pads them.</summary>
    public static void WriteTextPadding(SourceWriter writer, MessageLayout layout, string span)
    {
        foreach (PlannedField field in layout.Fields)
        {
            if (field.Field.Type is TextType { Padding: not 0 } text)
            {
                writer.Write($"{span}.Slice(Offsets.{field.Field.Name}, {text.Length}).Fill({text.Padding});");
            }
        }
    }

    /// <summary>Statements that read every field from <c>wire</c> into <c>value</c>.</summary>
    public static void WriteReads(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField field in layout.Fields)
        {
            (string span, string offset) = SourceOf(field, "wire");
            ReadField(writer, field, span, offset);
            if (IsLoop(field))
            {
                writer.Blank();
            }
        }
    }

    /// <summary>Statements that return from the method when bytes of <c>wire</c> are no valid field.</summary>
    public static void WriteChecks(SourceWriter writer, MessageLayout layout)
    {
        for (int i = 0; i < layout.Fields.Count; i++)
        {
            PlannedField field = layout.Fields[i];
            bool mayBeMissing = field.Field.Since > 0 && HasCheck(layout, field);
            if (mayBeMissing)
            {
                writer.Open($"if (wire.Length >= {field.End})");
            }

            CheckField(writer, layout, field, i);
            if (mayBeMissing)
            {
                writer.Close();
                writer.Blank();
            }
        }
    }

    /// <summary>Where a view finds a field: a member that an older sender may not have sent reads as zero then.</summary>
    public static (string Span, string Offset) SourceOf(PlannedField field, string span) => field.Field.Since > 0
        ? ($"OrZero(Offsets.{field.Field.Name}, {field.Size})", "0")
        : (span, $"Offsets.{field.Field.Name}");

    private static bool HasCheck(MessageLayout layout, PlannedField field)
    {
        var check = new SourceWriter();
        CheckField(check, layout, field, 0);
        return !check.IsEmpty;
    }

    /// <summary>A fixed buffer can only be touched by unsafe code.</summary>
    public static string UnsafeIf(MessageLayout layout) =>
        layout.Fields.Any(f => f.Field.Type is ArrayType { Storage: ArrayStorage.FixedBuffer }) ? "unsafe " : "";

    /// <summary>
    /// A small message, and above all one nested in another, then costs no call. On a large one the hint would do harm:
    /// it exhausts the JIT's inlining budget, and the accesses of single fields become the calls.
    /// </summary>
    public static void WriteInlineHint(SourceWriter writer, MessageLayout layout)
    {
        if (layout.Fields.Count <= FieldsOfSmallMessage && layout.Fields.All(f => f.Field.Type is ScalarType))
        {
            const string Compiler = "global::System.Runtime.CompilerServices";
            writer.Write($"[{Compiler}.MethodImpl({Compiler}.MethodImplOptions.AggressiveInlining)]");
        }
    }

    private static void WriteField(SourceWriter writer, MessageLayout layout, PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        switch (field.Type)
        {
            case not null when planned.Bits is { } place:
                if (BitPacking.IsFirst(place))
                {
                    BitsCode.WriteShared(writer, [.. layout.Fields.Where(f => f.Bits is not null && f.Offset == planned.Offset)]);
                }

                break;
            case not null when field.Checksum is not null:
                break;
            case not null when field.Magic is not null:
                AutomaticFields.WriteMagic(writer, planned);
                break;
            case ScalarType when field.IsMeasured:
                // Of a message of variable size, what says where its parts are is written apart from the fields.
                if (layout.IsFixedSize)
                {
                    AutomaticFields.WriteLength(writer, layout, planned);
                }

                break;
            case TextType text:
                writer.Write($"{Names.WireText}.Encode(value.{field.Storage}, wire.Slice({offset}, {text.Length}), {text.Padding});");
                break;
            case ScalarType scalar:
                writer.Write(ScalarCode.Write(scalar, field.ByteOrder, "wire", offset, $"value.{field.Name}"));
                break;
            case ArrayType { IsBytes: true } bytes:
                string part = bytes.Length < bytes.Capacity ? $".Slice(0, {bytes.Length})" : "";
                string source = bytes.Storage == ArrayStorage.FixedBuffer
                    ? $"{Names.MemoryMarshal}.CreateReadOnlySpan(in value.{field.Name}[0], {bytes.Length})"
                    : $"(({Names.ReadOnlyBytes})value.{field.Name}){part}";
                writer.Write($"{source}.CopyTo(wire.Slice({offset}, {bytes.Length}));");
                break;
            case ArrayType array:
                OpenLoop(writer, array);
                writer.Write(array.Element is ScalarType element
                    ? ScalarCode.Write(element, field.ByteOrder, "wire", ElementOffset(offset, array), $"value.{field.Name}[i]")
                    : $"{TypeName(array.Element)}.Encode(in value.{field.Name}[i], {ElementSlice("wire", offset, array)});");
                writer.Close();
                break;
            case NestedType nested:
                writer.Write($"{nested.TypeName}.Encode(in value.{field.Name}, wire.Slice({offset}, {nested.WireSize}));");
                break;
        }
    }

    private static void WritePadding(SourceWriter writer, int start, int bytes)
    {
        if (bytes > 0)
        {
            writer.Write($"wire.Slice({start}, {bytes}).Clear(); // padding");
        }
    }

    private static void ReadField(SourceWriter writer, PlannedField planned, string span, string offset)
    {
        FieldModel field = planned.Field;
        switch (field.Type)
        {
            case ScalarType when planned.Bits is not null:
                writer.Write($"value.{field.Name} = {BitsCode.Read(planned, "wire")};");
                break;
            case ScalarType scalar:
                writer.Write($"value.{field.Name} = {ScalarCode.Read(scalar, field.ByteOrder, span, offset)};");
                break;
            case TextType text:
                writer.Write($"{Names.WireText}.Decode({span}.Slice({offset}, {text.Length}), value.{field.Storage}, {text.Padding});");
                break;
            case ArrayType { IsBytes: true } bytes:
                string target = bytes.Storage == ArrayStorage.FixedBuffer
                    ? $"{Names.MemoryMarshal}.CreateSpan(ref value.{field.Name}[0], {bytes.Length})"
                    : $"value.{field.Name}";
                writer.Write($"{span}.Slice({offset}, {bytes.Length}).CopyTo({target});");
                break;
            case ArrayType array:
                OpenLoop(writer, array);
                string value = array.Element is ScalarType element
                    ? ScalarCode.Read(element, field.ByteOrder, span, ElementOffset(offset, array))
                    : $"new {TypeName(array.Element)}.View({ElementSlice(span, offset, array)}).Decode()";
                writer.Write($"value.{field.Name}[i] = {value};");
                writer.Close();
                break;
            case NestedType nested:
                writer.Write($"value.{field.Name} = new {nested.TypeName}.View({span}.Slice({offset}, {nested.WireSize})).Decode();");
                break;
        }
    }

    private static void CheckField(SourceWriter writer, MessageLayout layout, PlannedField planned, int index)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        switch (field.Type)
        {
            case not null when field.Magic is not null:
                WriteRejection(writer, field, AutomaticFields.IsNotMagic(planned), AutomaticFields.Reason(field));
                break;
            case ScalarType scalar when field.Purpose is { } purpose:
                if (layout.IsFixedSize)
                {
                    (long least, long most) = layout.RangeOf(purpose, received: true);
                    string number = ScalarCode.ReadLength(scalar, field.ByteOrder, "wire", offset);
                    WriteRejection(writer, field, ScalarCode.IsOutside(number, scalar.Primitive, least, most), "not the length of the message");
                }

                break;
            case TextType text:
                string bytes = $"wire.Slice({offset}, {text.Length})";
                WriteRejection(writer, field, $"!{Names.WireText}.IsValid({bytes}, {ScalarCode.EncodingOf(text)}, {text.Padding})", $"no {Docs.TypeLabel(field)}");
                break;
            case ScalarType scalar when (planned.Bits is null ? ScalarCode.IsInvalid(scalar, field.ByteOrder, "wire", offset) : BitsCode.IsInvalid(planned, "wire")) is { } condition:
                WriteRejection(writer, field, condition, ScalarCode.Reason(scalar));
                break;
            case ArrayType { Element: ScalarType element } array when ScalarCode.IsInvalid(element, field.ByteOrder, "wire", ElementOffset(offset, array)) is { } condition:
                OpenLoop(writer, array);
                WriteRejection(writer, field, condition, ScalarCode.Reason(element));
                writer.Close();
                writer.Blank();
                break;
            case ArrayType { Element: NestedType } array:
                OpenLoop(writer, array);
                CheckNested(writer, $"nested{index}", TypeName(array.Element), ElementSlice("wire", offset, array), $"$\"{field.PlainName}[{{i}}].\"");
                writer.Close();
                writer.Blank();
                break;
            case NestedType nested:
                CheckNested(writer, $"nested{index}", nested.TypeName, $"wire.Slice({offset}, {nested.WireSize})", $"\"{field.PlainName}.\"");
                writer.Blank();
                break;
        }
    }

    private static void CheckNested(SourceWriter writer, string status, string type, string bytes, string path)
    {
        writer.Write($"{Names.ParseStatus} {status} = {type}.View.TryParse({bytes}, out _);");
        writer.Open($"if (!{status}.IsOk)");
        writer.Write($"return {Names.ParseStatus}.Invalid({path} + {status}.Field, {status}.Reason!);");
        writer.Close();
    }

    /// <summary>Returns from the method where the condition is true of what was received; no condition, no statement.</summary>
    public static void WriteRejection(SourceWriter writer, FieldModel field, string? condition, string reason)
    {
        if (condition is null)
        {
            return;
        }

        writer.Open($"if ({condition})");
        writer.Write($"return {Names.ParseStatus}.Invalid(\"{field.PlainName}\", \"{reason}\");");
        writer.Close();
        if (field.Type is not ArrayType)
        {
            writer.Blank();
        }
    }

    private static bool IsLoop(PlannedField field) => field.Field.Type is ArrayType { IsBytes: false };

    private static void OpenLoop(SourceWriter writer, ArrayType array) =>
        writer.Open($"for (int i = 0; i < {array.Length}; i++)");

    private static string ElementOffset(string offset, ArrayType array) =>
        array.Element.Size == 1 ? $"{offset} + i" : $"{offset} + (i * {array.Element.Size})";

    private static string ElementSlice(string span, string offset, ArrayType array) =>
        $"{span}.Slice({ElementOffset(offset, array)}, {array.Element.Size})";

    private static string TypeName(FieldType type) => ((NestedType)type).TypeName;
}
