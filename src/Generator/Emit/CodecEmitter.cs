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
        foreach (PlannedField field in layout.Fields)
        {
            WriteField(writer, field);
            WritePadding(writer, field);
            if (IsLoop(field))
            {
                writer.Blank();
            }
        }

        writer.Write("return WireSize;");
        writer.Close();
    }

    public static void WriteTryDecode(SourceWriter writer, MessageLayout layout) => writer.Write($$"""
        /// <summary>Reads a message from the first {{Docs.Bytes(layout.WireSize)}}. Never throws: bad bytes are a status.</summary>
        /// <param name="source">What was received.</param>
        /// <param name="value">The message; <c>default</c> unless the status is Ok.</param>
        {{Names.GeneratedCode}}
        public static {{Names.ParseStatus}} TryDecode({{Names.ReadOnlyBytes}} source, out {{layout.Message.Name}} value)
        {
            {{Names.ParseStatus}} status = View.TryParse(source, out View view);
            value = status.IsOk ? view.Decode() : default;
            return status;
        }

        {{Names.GeneratedCode}}
        static {{Names.ParseStatus}} {{Names.Runtime}}.IWireLayout<{{layout.Message.Name}}>.TryDecode({{Names.ReadOnlyBytes}} source, out {{layout.Message.Name}} value, out int consumed)
        {
            {{Names.ParseStatus}} status = TryDecode(source, out value);
            consumed = status.IsOk ? WireSize : 0;
            return status;
        }
        """);

    /// <summary>Statements that read every field from <c>wire</c> into <c>value</c>.</summary>
    public static void WriteReads(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField field in layout.Fields)
        {
            ReadField(writer, field);
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
            CheckField(writer, layout.Fields[i], i);
        }
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

    private static void WriteField(SourceWriter writer, PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        switch (field.Type)
        {
            case ScalarType scalar:
                writer.Write(ScalarCode.Write(scalar, field.ByteOrder, "wire", offset, $"value.{field.Name}"));
                break;
            case ArrayType { IsBytes: true } bytes:
                string source = bytes.Storage == ArrayStorage.FixedBuffer
                    ? $"{Names.MemoryMarshal}.CreateReadOnlySpan(in value.{field.Name}[0], {bytes.Length})"
                    : $"(({Names.ReadOnlyBytes})value.{field.Name})";
                writer.Write($"{source}.CopyTo(wire.Slice({offset}, {bytes.Length}));");
                break;
            case ArrayType array:
                OpenLoop(writer, array);
                writer.Write(ScalarCode.Write(
                    array.Element, field.ByteOrder, "wire", ElementOffset(offset, array), $"value.{field.Name}[i]"));
                writer.Close();
                break;
            case NestedType nested:
                writer.Write($"{nested.TypeName}.Encode(in value.{field.Name}, wire.Slice({offset}, {nested.WireSize}));");
                break;
        }
    }

    private static void WritePadding(SourceWriter writer, PlannedField field)
    {
        if (field.Field.PadBytes is { } pad)
        {
            writer.Write($"wire.Slice({field.End}, {pad}).Clear(); // padding");
        }
    }

    private static void ReadField(SourceWriter writer, PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        switch (field.Type)
        {
            case ScalarType scalar:
                writer.Write($"value.{field.Name} = {ScalarCode.Read(scalar, field.ByteOrder, "wire", offset)};");
                break;
            case ArrayType { IsBytes: true } bytes:
                string target = bytes.Storage == ArrayStorage.FixedBuffer
                    ? $"{Names.MemoryMarshal}.CreateSpan(ref value.{field.Name}[0], {bytes.Length})"
                    : $"value.{field.Name}";
                writer.Write($"wire.Slice({offset}, {bytes.Length}).CopyTo({target});");
                break;
            case ArrayType array:
                OpenLoop(writer, array);
                writer.Write($"value.{field.Name}[i] = {ScalarCode.Read(array.Element, field.ByteOrder, "wire", ElementOffset(offset, array))};");
                writer.Close();
                break;
            case NestedType nested:
                writer.Write($"value.{field.Name} = new {nested.TypeName}.View(wire.Slice({offset}, {nested.WireSize})).Decode();");
                break;
        }
    }

    private static void CheckField(SourceWriter writer, PlannedField planned, int index)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        switch (field.Type)
        {
            case ScalarType scalar:
                WriteRejection(writer, field, scalar, offset);
                break;
            case ArrayType array when ScalarCode.IsInvalid(array.Element, field.ByteOrder, "wire", offset) is not null:
                OpenLoop(writer, array);
                WriteRejection(writer, field, array.Element, ElementOffset(offset, array));
                writer.Close();
                writer.Blank();
                break;
            case NestedType nested:
                string status = $"nested{index}";
                writer.Write($"{Names.ParseStatus} {status} = {nested.TypeName}.View.TryParse(wire.Slice({offset}, {nested.WireSize}), out _);");
                writer.Open($"if (!{status}.IsOk)");
                writer.Write($"return {Names.ParseStatus}.Invalid(\"{field.PlainName}.\" + {status}.Field, {status}.Reason!);");
                writer.Close();
                writer.Blank();
                break;
        }
    }

    private static void WriteRejection(SourceWriter writer, FieldModel field, ScalarType scalar, string offset)
    {
        if (ScalarCode.IsInvalid(scalar, field.ByteOrder, "wire", offset) is { } condition)
        {
            writer.Open($"if ({condition})");
            writer.Write($"return {Names.ParseStatus}.Invalid(\"{field.PlainName}\", \"{ScalarCode.Reason(scalar)}\");");
            writer.Close();
            if (field.Type is ScalarType)
            {
                writer.Blank();
            }
        }
    }

    private static bool IsLoop(PlannedField field) => field.Field.Type is ArrayType { IsBytes: false };

    private static void OpenLoop(SourceWriter writer, ArrayType array) =>
        writer.Open($"for (int i = 0; i < {array.Length}; i++)");

    private static string ElementOffset(string offset, ArrayType array) =>
        array.Element.Size == 1 ? $"{offset} + i" : $"{offset} + (i * {array.Element.Size})";
}
