using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit.Variable;

/// <summary>Writes the <c>View</c> and the <c>Writer</c> of a message of variable size.</summary>
internal static class VariableViewEmitter
{
    public static void WriteView(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string contract = layout.IsSelfDelimiting ? "ISelfDelimitingView" : "IWireView";
        writer.Write($"""
            /// <summary>A <see cref="{message.Name}"/> read in place: each property decodes its bytes when it is asked.</summary>
            {Names.GeneratedCode}
            """);
        writer.Open($"public readonly ref struct View : {Names.Runtime}.{contract}<View>");
        WriteConstructors(writer, layout);
        writer.Blank();
        WriteTryParse(writer, layout);
        writer.Blank();
        FrameEmitter.WriteTryFrame(writer, layout);
        if (layout.Fields.Any(f => f.Field.Since > 0))
        {
            writer.Blank();
            WriteOrZero(writer);
        }

        foreach (PlannedField field in layout.Fields.Where(f => f.Field.Access is not null))
        {
            writer.Blank();
            ViewEmitter.WriteProperty(writer, message, field);
        }

        foreach (SequenceModel sequence in message.Sequences)
        {
            writer.Blank();
            writer.Write($$"""
                /// <summary><see cref="{{message.Name}}.{{sequence.Name}}"/>: {{sequence.ElementSize}} bytes each, at most {{sequence.Max}}.</summary>
                {{sequence.Access ?? "private"}} {{SequenceEmitter.TypeInView(sequence)}} {{sequence.Name}} { get; }
                """);
        }

        if (layout.Payload is { } payload)
        {
            writer.Blank();
            writer.Write($$"""
                /// <summary>The payload behind the message, in place: as many bytes as {{Docs.Cref(message, payload.Field)}} says, at most {{payload.Field.Purpose!.Max}}.</summary>
                public {{Names.ReadOnlyBytes}} Payload { get; }
                """);
        }

        writer.Blank();
        WriteDecode(writer, layout);
        foreach (PlannedField field in layout.Fields.Where(f => f.Field is { Access: not null, Type: ArrayType { IsBytes: false } }))
        {
            writer.Blank();
            ArrayAccessorEmitter.Write(writer, message, field, canWrite: false);
        }

        WriteLists(writer, message, canWrite: false);
        writer.Close();
    }

    public static void WriteWriter(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        writer.Write($"""
            /// <summary>
            /// A <see cref="{message.Name}"/> edited in place: each property encodes into its bytes when it is set. What says where
            /// the parts are stays as it is. Being a ref struct, it cannot be kept across an <c>await</c>.
            /// </summary>
            {Names.GeneratedCode}
            """);
        writer.Open("public readonly ref struct Writer");
        writer.Write($$"""
            private readonly {{Names.Bytes}} _bytes;

            /// <summary>Lays a writer over a message.</summary>
            /// <param name="bytes">A message as <see cref="Encode"/> or a <see cref="Buffer"/> has it, and nothing behind it.</param>
            /// <exception cref="global::System.ArgumentOutOfRangeException"><paramref name="bytes"/> is too short.</exception>
            """);
        writer.Open($"public Writer({Names.Bytes} bytes)");
        writer.Write("_bytes = bytes.Slice(0, BlockSize);");
        WriterEmitter.WriteParts(writer, layout);
        WriteSequenceParts(writer, message);
        writer.Close();
        WriterEmitter.WriteMembers(writer, layout);
        foreach (SequenceModel sequence in message.Sequences)
        {
            writer.Blank();
            writer.Write($"""
                /// <summary><see cref="{message.Name}.{sequence.Name}"/>: as many elements as the message was rented for, {sequence.ElementSize} bytes each.</summary>
                {sequence.Access ?? "private"} readonly {SequenceEmitter.TypeInWriter(sequence)} {sequence.Name};
                """);
        }

        WriterEmitter.WriteAccessors(writer, layout);
        WriteLists(writer, message, canWrite: true);
        writer.Close();
    }

    private static void WriteConstructors(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string contract = $"{Names.Runtime}.IWireView<{message.Name}.View>";
        string parameters = string.Concat(message.Sequences.Select(s => $", {SequenceEmitter.TypeInView(s)} {FrameEmitter.Camel(s)}Part"));
        if (layout.Payload is not null)
        {
            parameters += $", {Names.ReadOnlyBytes} payload";
        }

        writer.Write($$"""
            private readonly {{Names.ReadOnlyBytes}} _bytes;

            /// <summary>Lays a view over bytes that are known to be a message. Bytes from a peer go through <see cref="TryParse(global::System.ReadOnlySpan{byte}, out View)"/>.</summary>
            /// <param name="bytes">A message.</param>
            /// <exception cref="global::System.ArgumentException"><paramref name="bytes"/> is no whole message.</exception>
            public View({{Names.ReadOnlyBytes}} bytes)
            {
                {{Names.ParseStatus}} status = TryFrame(bytes, out this, out _);
                if (!status.IsOk)
                {
                    throw new global::System.ArgumentException($"The bytes are no whole message: {status}.", nameof(bytes));
                }
            }

            """);
        writer.Open($"private View({Names.ReadOnlyBytes} source, int block{parameters})");
        writer.Write("_bytes = source.Slice(0, block);");
        foreach (SequenceModel sequence in message.Sequences)
        {
            writer.Write($"this.{sequence.Name} = {FrameEmitter.Camel(sequence)}Part;");
        }

        if (layout.Payload is not null)
        {
            writer.Write("Payload = payload;");
        }

        writer.Close();
        writer.Blank();
        writer.Write($"""
            static int {contract}.MinWireSize => {layout.MinReceivedSize};

            static int {contract}.MaxWireSize => {layout.MaxReceivedSize};
            """);
    }

    private static void WriteTryParse(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($$"""
            /// <summary>Validates the message that received bytes start with, and lays the view over it. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
            public static {{Names.ParseStatus}} TryParse({{Names.ReadOnlyBytes}} source, out View view) => TryParse(source, out view, out _);

            /// <summary>Validates the message that received bytes start with, and lays the view over it. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
            /// <param name="consumed">Bytes the message took; 0 unless the status is Ok.</param>
            """);
        writer.Open($"public static {Names.ParseStatus} TryParse({Names.ReadOnlyBytes} source, out View view, out int consumed)");
        writer.Write($$"""
            view = default;
            consumed = 0;
            {{Names.ParseStatus}} framing = TryFrame(source, out View found, out int length);
            if (!framing.IsOk)
            {
                return framing;
            }

            """);
        if (AutomaticFields.HasChecksum(layout))
        {
            writer.Write($"{Names.ReadOnlyBytes} wire = {(layout.Payload is null ? "source.Slice(0, length)" : "found._bytes")};");
            AutomaticFields.WriteChecksumChecks(writer, layout);
            writer.Write("wire = found._bytes;");
        }
        else
        {
            writer.Write($"{Names.ReadOnlyBytes} wire = found._bytes;");
        }

        CodecEmitter.WriteChecks(writer, layout);
        foreach (SequenceModel sequence in layout.Message.Sequences.Where(SequenceEmitter.ChecksElements))
        {
            string status = $"{FrameEmitter.Camel(sequence)}Status";
            writer.Write($$"""
                {{Names.ParseStatus}} {{status}} = found.{{sequence.Name}}.Check();
                if (!{{status}}.IsOk)
                {
                    return {{status}};
                }

                """);
        }

        writer.Write($"""
            view = found;
            consumed = length;
            return {Names.ParseStatus}.Ok;
            """);
        writer.Close();
    }

    private static void WriteOrZero(SourceWriter writer) => writer.Write($$"""
        private static readonly byte[] s_zeros = new byte[BlockSize];

        /// <summary>The bytes of a member that an older sender may not have sent: zero then.</summary>
        private {{Names.ReadOnlyBytes}} OrZero(int offset, int size) =>
            offset + size <= _bytes.Length ? _bytes.Slice(offset, size) : new {{Names.ReadOnlyBytes}}(s_zeros, 0, size);
        """);

    private static void WriteDecode(SourceWriter writer, MessageLayout layout)
    {
        string type = layout.Message.Name;
        writer.Write("/// <summary>Copies the message out, so that it outlives the bytes.</summary>");
        writer.Open($"public {CodecEmitter.UnsafeIf(layout)}{type} Decode()");
        writer.Write($"""
            {Names.ReadOnlyBytes} wire = _bytes;
            {type} value = default;
            """);
        CodecEmitter.WriteReads(writer, layout);
        foreach (SequenceModel sequence in layout.Message.Sequences)
        {
            string storage = $"value.{StorageEmitter.StorageOf(sequence)}";
            writer.Write($"value.{StorageEmitter.CountOf(sequence)} = this.{sequence.Name}.Length;");
            if (sequence.IsBytes)
            {
                writer.Write($"this.{sequence.Name}.CopyTo({storage});");
                continue;
            }

            string copy = sequence is { Kind: SequenceKind.Tail, Element: NestedType } ? ".Decode()" : "";
            writer.Open($"for (int i = 0; i < this.{sequence.Name}.Length; i++)");
            writer.Write($"{storage}[i] = this.{sequence.Name}[i]{copy};");
            writer.Close();
            writer.Blank();
        }

        writer.Write("return value;");
        writer.Close();
    }

    private static void WriteSequenceParts(SourceWriter writer, MessageModel message)
    {
        if (message.Sequences.Count > 0)
        {
            writer.Write("int at = BlockSize;");
        }

        foreach (SequenceModel sequence in message.Sequences)
        {
            string count = FrameEmitter.Count(sequence);
            if (sequence.IsGroup)
            {
                writer.Write($"""
                    int {count} = {Names.BinaryPrimitives}.ReadUInt16{sequence.ByteOrder}(bytes.Slice(at + 2, 2));
                    at += {sequence.HeaderSize};
                    this.{sequence.Name} = new(bytes.Slice(at, {count} * {sequence.ElementSize}), {count});
                    at += {count} * {sequence.ElementSize};
                    """);
            }
            else
            {
                // A tail is what is left, whatever counts it: a writer has the message and nothing behind it.
                writer.Write($"this.{sequence.Name} = {(sequence.IsBytes ? "bytes.Slice(at)" : $"new(bytes.Slice(at), (bytes.Length - at) / {sequence.ElementSize})")};");
            }
        }
    }

    private static void WriteLists(SourceWriter writer, MessageModel message, bool canWrite)
    {
        foreach (SequenceModel sequence in message.Sequences.Where(s => !s.IsBytes))
        {
            writer.Blank();
            SequenceEmitter.Write(writer, message, sequence, canWrite);
        }
    }
}
