using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the <c>View</c>: a message read where it lies.</summary>
internal static class ViewEmitter
{
    public static void Write(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        writer.Write($"""
            /// <summary>A <see cref="{message.Name}"/> read in place: each property decodes its bytes when it is asked.</summary>
            {Names.GeneratedCode}
            """);
        writer.Open($"public readonly ref struct View : {Names.Runtime}.IFixedWireView<View>");
        WriteConstructor(writer, layout);
        writer.Blank();
        WriteTryParse(writer, layout);
        foreach (PlannedField field in layout.Fields.Where(f => f.Field.Access is not null))
        {
            writer.Blank();
            WriteProperty(writer, message, field);
        }

        writer.Blank();
        WriteDecode(writer, layout);
        foreach (PlannedField field in layout.Fields.Where(f => f.Field is { Access: not null, Type: ArrayType { IsBytes: false } }))
        {
            writer.Blank();
            ArrayAccessorEmitter.Write(writer, message, field, canWrite: false);
        }

        writer.Close();
    }

    private static void WriteConstructor(SourceWriter writer, MessageLayout layout) => writer.Write($$"""
        private readonly {{Names.ReadOnlyBytes}} _bytes;

        /// <summary>Lays a view over bytes that are known to be a message. Bytes from a peer go through <see cref="TryParse"/>.</summary>
        /// <param name="bytes">At least {{Docs.Bytes(layout.WireSize)}}.</param>
        /// <exception cref="global::System.ArgumentOutOfRangeException"><paramref name="bytes"/> is too short.</exception>
        public View({{Names.ReadOnlyBytes}} bytes) => _bytes = bytes.Slice(0, WireSize);

        static int {{Names.Runtime}}.IFixedWireView<{{layout.Message.Name}}.View>.WireSize => WireSize;
        """);

    private static void WriteTryParse(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($"""
            /// <summary>Validates the first {Docs.Bytes(layout.WireSize)} and lays the view over them. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
            """);
        CodecEmitter.WriteInlineHint(writer, layout);
        writer.Open($"public static {Names.ParseStatus} TryParse({Names.ReadOnlyBytes} source, out View view)");
        writer.Write($$"""
            view = default;
            if (source.Length < WireSize)
            {
                return {{Names.ParseStatus}}.NeedMore(WireSize - source.Length);
            }

            """);
        if (CodecEmitter.HasChecks(layout))
        {
            writer.Write($"{Names.ReadOnlyBytes} wire = source.Slice(0, WireSize);");
            AutomaticFields.WriteChecksumChecks(writer, layout);
            CodecEmitter.WriteChecks(writer, layout);
        }

        writer.Write($"""
            view = new View(source);
            return {Names.ParseStatus}.Ok;
            """);
        writer.Close();
    }

    public static void WriteProperty(SourceWriter writer, MessageModel message, PlannedField planned)
    {
        FieldModel field = planned.Field;
        (string span, string offset) = CodecEmitter.SourceOf(planned, "_bytes");
        string part = $"{span}.Slice({offset}, {planned.Size})";
        (string type, string value) = field.Type switch
        {
            ScalarType scalar when planned.Bits is not null => (scalar.TypeName, BitsCode.Read(planned, "_bytes")),
            ScalarType scalar => (scalar.TypeName, ScalarCode.Read(scalar, field.ByteOrder, span, offset)),
            ArrayType { IsBytes: true } => (Names.ReadOnlyBytes, part),
            ArrayType => (ArrayAccessorEmitter.NameFor(field), $"new({part})"),
            NestedType nested => ($"{nested.TypeName}.View", $"new({part})"),
            TextType text => ("string", $"{Names.WireText}.Read({part}, {ScalarCode.EncodingOf(text)}, {text.Padding})"),
            _ => throw new InvalidOperationException(),
        };
        writer.Write($"""
            /// <summary>{Docs.Cref(message, field)}: {Docs.Place(planned)}.</summary>
            {field.Access} {type} {field.Name} => {value};
            """);
        if (field.Type is TextType { Padding: var padding })
        {
            writer.Write($"""

                /// <summary>The bytes of {Docs.Cref(message, field)}, without what pads them.</summary>
                {field.Access} {Names.ReadOnlyBytes} {ReservedNames.NameOfTextBytes(field.PlainName)} => {Names.WireText}.Content({part}, {padding});
                """);
        }
    }

    private static void WriteDecode(SourceWriter writer, MessageLayout layout)
    {
        string type = layout.Message.Name;
        writer.Write("/// <summary>Copies the message out, so that it outlives the bytes.</summary>");
        CodecEmitter.WriteInlineHint(writer, layout);
        writer.Open($"public {CodecEmitter.UnsafeIf(layout)}{type} Decode()");
        writer.Write($"{Names.ReadOnlyBytes} wire = _bytes.Slice(0, WireSize);");
        if (WholeCopy.Condition(layout) is { } sameInMemory)
        {
            writer.Open($"if ({sameInMemory})");
            writer.Write($"return {Names.MemoryMarshal}.Read<{type}>(wire);");
            writer.Close();
            writer.Blank();
        }

        writer.Write($"{type} value = default;");
        CodecEmitter.WriteReads(writer, layout);
        writer.Write("return value;");
        writer.Close();
    }
}
