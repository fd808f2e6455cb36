using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit.Variable;

/// <summary>Writes the members of a struct whose messages do not all take the same number of bytes.</summary>
internal static class VariableEmitter
{
    /// <summary>The constants, and the members of the contract that only name them.</summary>
    public static void WriteSizes(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string contract = $"{Names.Runtime}.IWireLayout<{message.Name}>";
        writer.Write($"""
            /// <summary>Bytes of the fixed members{(message.Sequences.Count == 0 ? "" : ", in front of all others")}: {layout.WireSize}.</summary>
            {Names.GeneratedCode}
            public const int BlockSize = {layout.WireSize};

            /// <summary>Bytes the smallest message takes on the wire: {layout.MinWireSize}.</summary>
            {Names.GeneratedCode}
            public const int MinWireSize = {layout.MinWireSize};

            /// <summary>Bytes the largest message takes on the wire: {layout.MaxWireSize}.</summary>
            {Names.GeneratedCode}
            public const int MaxWireSize = {layout.MaxWireSize};

            {Names.GeneratedCode}
            static int {contract}.MinWireSize => MinWireSize;

            {Names.GeneratedCode}
            static int {contract}.MaxWireSize => MaxWireSize;

            """);
        if (layout.Payload is { Field: { Purpose: { } purpose, Type: ScalarType scalar } field })
        {
            string number = purpose.Adjust switch
            {
                0 => "payloadLength",
                > 0 => $"(payloadLength - {purpose.Adjust})",
                _ => $"(payloadLength + {-(long)purpose.Adjust})",
            };
            writer.Write($$"""
                {{Names.GeneratedCode}}
                static int {{Names.Runtime}}.IPayloadHeader<{{message.Name}}>.MaxPayload => {{purpose.Max}};

                {{Names.GeneratedCode}}
                static {{message.Name}} {{Names.Runtime}}.IPayloadHeader<{{message.Name}}>.WithPayload(in {{message.Name}} header, int payloadLength)
                {
                    {{message.Name}} copy = header;
                    copy.{{field.Name}} = ({{scalar.TypeName}}){{number}};
                    return copy;
                }

                """);
        }
    }

    public static void WriteCodec(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string type = message.Name;
        writer.Write($"""
            /// <summary>Bytes this message takes on the wire, from <see cref="MinWireSize"/> to <see cref="MaxWireSize"/>.</summary>
            /// <param name="value">The message.</param>
            {Names.GeneratedCode}
            public static int SizeOf(in {type} value) => {FrameEmitter.SizeExpression(layout, s => $"value.{StorageEmitter.CountOf(s)}")};

            """);
        WriteEncode(writer, layout);
        writer.Blank();
        writer.Write($$"""
            /// <summary>Reads a message from the start of received bytes. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="value">The message; <c>default</c> unless the status is Ok.</param>
            {{Names.GeneratedCode}}
            public static {{Names.ParseStatus}} TryDecode({{Names.ReadOnlyBytes}} source, out {{type}} value) => TryDecode(source, out value, out _);

            /// <summary>Reads a message from the start of received bytes. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="value">The message; <c>default</c> unless the status is Ok.</param>
            /// <param name="consumed">Bytes the message took; 0 unless the status is Ok.</param>
            {{Names.GeneratedCode}}
            public static {{Names.ParseStatus}} TryDecode({{Names.ReadOnlyBytes}} source, out {{type}} value, out int consumed)
            {
                {{Names.ParseStatus}} status = View.TryParse(source, out View view, out consumed);
                value = status.IsOk ? view.Decode() : default;
                return status;
            }

            """);
        FrameEmitter.WriteWriteFrame(writer, layout);
    }

    private static void WriteEncode(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string counts = string.Concat(message.Sequences.Select(s => $", value.{StorageEmitter.CountOf(s)}"));
        writer.Write($"""
            /// <summary>Writes a message, padding included, and nothing behind it.</summary>
            /// <param name="value">The message.</param>
            /// <param name="destination">At least as many bytes as <see cref="SizeOf"/> says; the rest is left alone.</param>
            /// <returns>The bytes of the message.</returns>
            /// <exception cref="global::System.ArgumentOutOfRangeException"><paramref name="destination"/> is too short; nothing is written then.</exception>
            {Names.GeneratedCode}
            """);
        writer.Open($"public static {CodecEmitter.UnsafeIf(layout)}int Encode(in {message.Name} value, {Names.Bytes} destination)");
        writer.Write($"""
            int size = WriteFrame(destination{counts});
            {Names.Bytes} wire = destination.Slice(0, BlockSize);
            """);
        CodecEmitter.WriteFields(writer, layout);
        if (message.Sequences.Count > 0)
        {
            writer.Write("int at = BlockSize;");
        }

        for (int i = 0; i < message.Sequences.Count; i++)
        {
            WriteElements(writer, message.Sequences[i], isLast: i == message.Sequences.Count - 1);
        }

        if (AutomaticFields.HasChecksum(layout))
        {
            writer.Write("wire = destination.Slice(0, size);");
            AutomaticFields.WriteChecksums(writer, layout);
        }

        writer.Write("return size;");
        writer.Close();
    }

    /// <summary>Statements that fill in what follows from the rest of each element of <c>message</c>.</summary>
    public static void WriteSealElements(SourceWriter writer, MessageLayout layout)
    {
        if (!layout.Message.Sequences.Any(s => s.Element is NestedType { HasSeal: true }))
        {
            return;
        }

        writer.Write("int at = BlockSize;");
        foreach (SequenceModel sequence in layout.Message.Sequences)
        {
            string count = FrameEmitter.Count(sequence);
            writer.Write(sequence.IsGroup
                ? $"int {count} = {Names.BinaryPrimitives}.ReadUInt16{sequence.ByteOrder}(message.Slice(at + 2, 2));\nat += {sequence.HeaderSize};"
                : $"int {count} = (message.Length - at) / {sequence.ElementSize};");
            if (sequence.Element is NestedType { HasSeal: true } element)
            {
                writer.Open($"for (int i = 0; i < {count}; i++)");
                writer.Write($"{element.TypeName}.Seal(message.Slice(at + (i * {element.WireSize}), {element.WireSize}));");
                writer.Close();
                writer.Blank();
            }

            writer.Write($"at += {count} * {sequence.ElementSize};");
        }
    }

    private static void WriteElements(SourceWriter writer, SequenceModel sequence, bool isLast)
    {
        string storage = $"value.{StorageEmitter.StorageOf(sequence)}";
        string count = $"value.{StorageEmitter.CountOf(sequence)}";
        if (sequence.IsGroup)
        {
            writer.Write($"at += {sequence.HeaderSize};");
        }

        if (sequence.IsBytes)
        {
            writer.Write($"(({Names.ReadOnlyBytes}){storage}).Slice(0, {count}).CopyTo(destination.Slice(at, {count}));");
            return;
        }

        writer.Open($"foreach (ref readonly {sequence.ElementTypeName} element in ((global::System.ReadOnlySpan<{sequence.ElementTypeName}>){storage}).Slice(0, {count}))");
        writer.Write(sequence.Element switch
        {
            ScalarType scalar => ScalarCode.Write(scalar, sequence.ByteOrder, "destination", "at", "element"),
            NestedType nested => $"{nested.TypeName}.Encode(in element, destination.Slice(at, {nested.WireSize}));",
            _ => throw new InvalidOperationException(),
        });
        writer.Write($"at += {sequence.ElementSize};");
        writer.Close();
        writer.Blank();
    }
}
