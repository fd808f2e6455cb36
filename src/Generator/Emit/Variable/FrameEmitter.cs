using System.Globalization;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit.Variable;

/// <summary>
/// Writes what finds the parts of a message in received bytes, and what says where they are in sent ones. Every number a
/// peer sends is compared with what the layout allows before anything is computed from it.
/// </summary>
internal static class FrameEmitter
{
    private const string Invalid = Names.ParseStatus + ".Invalid";
    private const string NeedMore = Names.ParseStatus + ".NeedMore";

    /// <summary>The method of the struct that writes lengths, counts and the headers of groups.</summary>
    public static void WriteWriteFrame(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string parameters = string.Concat(message.Sequences.Select(s => $", int {Count(s)}"));
        writer.Write($"""
            /// <summary>Writes what says where the parts of a message are, and nothing else.</summary>
            /// <returns>The bytes of the message.</returns>
            {Names.GeneratedCode}
            """);
        writer.Open($"private static int WriteFrame({Names.Bytes} destination{parameters})");
        writer.Write($"""
            int size = {SizeExpression(layout, s => Count(s))};
            {Names.Bytes} wire = destination.Slice(0, size);
            """);
        foreach (PlannedField field in layout.Fields.Where(f => f.Field.IsMeasured))
        {
            var scalar = (ScalarType)field.Field.Type;
            string value = $"({scalar.TypeName}){Parenthesized(NumberOf(layout, field.Field.Purpose!))}";
            writer.Write(ScalarCode.Write(scalar, field.Field.ByteOrder, "wire", $"Offsets.{field.Field.Name}", value));
        }

        WriteGroupHeaders(writer, layout);
        writer.Write("return size;");
        writer.Close();
    }

    /// <summary>The bytes of a message with so many elements, in terms of the counts.</summary>
    public static string SizeExpression(MessageLayout layout, Func<SequenceModel, string> count) =>
        string.Join(" + ", ["BlockSize", .. layout.Message.Sequences.Select(s => $"{(s.IsGroup ? $"{s.HeaderSize} + " : "")}{Times(count(s), s.ElementSize)}")]);

    /// <summary>The name a count or a part of a sequence has among locals and parameters.</summary>
    public static string Count(SequenceModel sequence) => Camel(sequence) + "Count";

    public static string Camel(SequenceModel sequence) =>
        char.ToLowerInvariant(sequence.PlainName[0]) + sequence.PlainName.Substring(1);

    /// <summary>The method of the view that finds the parts.</summary>
    public static void WriteTryFrame(SourceWriter writer, MessageLayout layout)
    {
        writer.Write("""
            /// <summary>Finds where the message and its parts end, by what it says of them itself. The values of fields are not looked at.</summary>
            """);
        writer.Open($"private static {Names.ParseStatus} TryFrame({Names.ReadOnlyBytes} source, out View view, out int consumed)");
        writer.Write($$"""
            view = default;
            consumed = 0;
            if (source.Length < {{layout.MinReceivedBlock}})
            {
                return {{NeedMore}}({{layout.MinReceivedSize}} - source.Length);
            }

            """);
        WriteBlock(writer, layout);
        WriteMessageLength(writer, layout);
        foreach (SequenceModel sequence in layout.Message.Sequences)
        {
            if (sequence.IsGroup)
            {
                WriteGroup(writer, layout, sequence);
            }
            else
            {
                WriteTail(writer, layout, sequence);
            }
        }

        if (layout.Payload is { } payload)
        {
            writer.Blank();
            string number = WriteNumber(writer, layout, payload, "payloadNumber");
            writer.Write($"int payloadLength = {Adjusted(number, payload.Field.Purpose!)};");
            writer.Write("at += payloadLength;");
            WriteShort(writer, layout, "", "source.Length < at", "at");
        }

        if (layout.MessageLength is { } length)
        {
            writer.Open("if (at != source.Length)");
            writer.Write($"return {Invalid}(\"{length.Field.PlainName}\", \"not the length of the message\");");
            writer.Close();
            writer.Blank();
        }

        string parts = string.Concat(layout.Message.Sequences.Select(s => s.IsBytes
            ? $", source.Slice({Camel(s)}Start, {Count(s)})"
            : $", new(source.Slice({Camel(s)}Start, {Count(s)} * {Entry(s)}), {Count(s)}{(s.IsGroup ? $", {Entry(s)}" : "")})"));
        if (layout.Payload is not null)
        {
            parts += ", source.Slice(block, payloadLength)";
        }

        writer.Write($"""
            view = new View(source, block{parts});
            consumed = at;
            return {Names.ParseStatus}.Ok;
            """);
        writer.Close();
    }

    private static string NumberOf(MessageLayout layout, FieldPurpose purpose)
    {
        SequenceModel? tail = layout.Message.Tail;
        string what = purpose.Kind switch
        {
            PurposeKind.MessageLength => "size",
            PurposeKind.BlockLength => "BlockSize",
            PurposeKind.TailCount => Count(tail!),
            _ => Times(Count(tail!), tail!.ElementSize),
        };
        return purpose.Adjust switch
        {
            0 => what,
            > 0 => $"{what} - {Number(purpose.Adjust)}",
            _ => $"{what} + {Number(-(long)purpose.Adjust)}",
        };
    }

    private static void WriteGroupHeaders(SourceWriter writer, MessageLayout layout)
    {
        List<SequenceModel> groups = [.. layout.Message.Sequences.Where(s => s.IsGroup)];
        if (groups.Count > 0)
        {
            writer.Write("int at = BlockSize;");
        }

        for (int i = 0; i < groups.Count; i++)
        {
            SequenceModel group = groups[i];
            writer.Write($"""
                {WriteUInt16(group, "at", Number(group.ElementSize))}
                {WriteUInt16(group, "at + 2", $"(ushort){Count(group)}")}
                """);
            if (i < groups.Count - 1)
            {
                writer.Write($"at += {group.HeaderSize} + {Times(Count(group), group.ElementSize)};");
            }
        }
    }

    private static void WriteBlock(SourceWriter writer, MessageLayout layout)
    {
        if (layout.BlockLength is not { } field)
        {
            writer.Write("const int block = BlockSize;");
        }
        else
        {
            FieldPurpose purpose = field.Field.Purpose!;
            string number = WriteNumber(writer, layout, field, "blockLength");
            writer.Write($$"""
                int block = {{Adjusted(number, purpose)}};
                if (source.Length < block)
                {
                    return {{NeedMore}}(block{{MinimumAfterBlock(layout)}} - source.Length);
                }

                """);
        }

        writer.Write("int at = block;");
    }

    private static string MinimumAfterBlock(MessageLayout layout) =>
        layout.MinWireSize == layout.WireSize ? "" : $" + {layout.MinWireSize - layout.WireSize}";

    private static void WriteMessageLength(SourceWriter writer, MessageLayout layout)
    {
        if (layout.MessageLength is not { } field)
        {
            return;
        }

        string number = WriteNumber(writer, layout, field, "messageLength");
        writer.Write($$"""
            int end = {{Adjusted(number, field.Field.Purpose!)}};
            if (source.Length < end)
            {
                return {{NeedMore}}(end - source.Length);
            }

            source = source.Slice(0, end);
            """);
        if (layout.BlockLength is not null)
        {
            WriteShort(writer, layout, field.Field.PlainName, "end < block", "");
        }
    }

    /// <summary>Reads what a field says, and rejects it unless the layout allows it.</summary>
    private static string WriteNumber(SourceWriter writer, MessageLayout layout, PlannedField field, string local)
    {
        FieldPurpose purpose = field.Field.Purpose!;
        var scalar = (ScalarType)field.Field.Type;
        (long least, long most) = layout.RangeOf(purpose, received: true);
        writer.Write($"{scalar.TypeName} {local} = {ScalarCode.ReadLength(scalar, field.Field.ByteOrder, "source", $"Offsets.{field.Field.Name}")};");
        CodecEmitter.WriteRejection(
            writer, field.Field, ScalarCode.IsOutside(local, scalar.Primitive, least, most), $"not from {Number(Math.Max(least, 0))} to {Number(most)}");
        return local;
    }

    private static void WriteGroup(SourceWriter writer, MessageLayout layout, SequenceModel group)
    {
        string name = Camel(group);
        writer.Blank();
        WriteShort(writer, layout, group.PlainName, $"source.Length - at < {group.HeaderSize}", $"at + {group.HeaderSize}");
        writer.Write($$"""
            int {{Entry(group)}} = {{ReadUInt16(group, "at")}};
            int {{Count(group)}} = {{ReadUInt16(group, "at + 2")}};
            if ({{Count(group)}} > {{group.Max}})
            {
                return {{Invalid}}("{{group.PlainName}}", "more than {{group.Max}} entries");
            }

            if ({{Entry(group)}} is < 1 or > {{group.MaxReceivedEntry}})
            {
                return {{Invalid}}("{{group.PlainName}}", "an entry is not from 1 to {{group.MaxReceivedEntry}} bytes");
            }

            int {{name}}Start = at + {{group.HeaderSize}};
            at = {{name}}Start + ({{Count(group)}} * {{Entry(group)}});
            """);
        WriteShort(writer, layout, group.PlainName, "source.Length < at", "at");
    }

    private static void WriteTail(SourceWriter writer, MessageLayout layout, SequenceModel tail)
    {
        string name = Camel(tail);
        int size = tail.ElementSize;
        PlannedField? count = layout.WithPurpose(PurposeKind.TailCount);
        PlannedField? length = layout.WithPurpose(PurposeKind.TailLength);
        writer.Blank();
        writer.Write($"int {name}Start = at;");
        if (count is not null)
        {
            string number = WriteNumber(writer, layout, count, $"{name}Number");
            writer.Write($"int {Count(tail)} = {Adjusted(number, count.Field.Purpose!)};");
            WriteTailEnd(writer, layout, tail);
            if (length is not null)
            {
                string bytes = WriteNumber(writer, layout, length, $"{name}Length");
                CodecEmitter.WriteRejection(
                    writer, length.Field, $"{Adjusted(bytes, length.Field.Purpose!)} != {Times(Count(tail), size)}", $"not the length of {tail.PlainName}");
            }
        }
        else if (length is not null)
        {
            string bytes = WriteNumber(writer, layout, length, $"{name}Length");
            WriteWholeElements(writer, layout, tail, Adjusted(bytes, length.Field.Purpose!), length.Field);
            WriteTailEnd(writer, layout, tail);
        }
        else
        {
            WriteRest(writer, layout, tail);
        }
    }

    /// <summary>Nothing counts the tail: it takes what is left, of the message or of the datagram.</summary>
    private static void WriteRest(SourceWriter writer, MessageLayout layout, SequenceModel tail)
    {
        int size = tail.ElementSize;
        string rest = layout.MessageLength is null ? $"global::System.Math.Min(source.Length - at, {tail.MaxSize})" : "source.Length - at";
        writer.Write($"int {Camel(tail)}Rest = {rest};");
        if (layout.MessageLength is { } length)
        {
            CodecEmitter.WriteRejection(writer, length.Field, $"{Camel(tail)}Rest > {tail.MaxSize}", $"more than {tail.PlainName} can hold");
            WriteWholeElements(writer, layout, tail, $"{Camel(tail)}Rest", length.Field);
        }
        else
        {
            WriteWholeElements(writer, layout, tail, $"{Camel(tail)}Rest", null);
        }

        writer.Write($"at += {Times(Count(tail), size)};");
    }

    private static void WriteWholeElements(SourceWriter writer, MessageLayout layout, SequenceModel tail, string bytes, FieldModel? blamed)
    {
        int size = tail.ElementSize;
        if (size > 1)
        {
            writer.Open($"if ({Parenthesized(bytes)} % {size} != 0)");
            writer.Write(blamed is null
                ? $"return {NeedMore}({size} - ({Parenthesized(bytes)} % {size}));"
                : $"return {Invalid}(\"{blamed.PlainName}\", \"no whole number of elements\");");
            writer.Close();
            writer.Blank();
        }

        writer.Write($"int {Count(tail)} = {(size > 1 ? $"{Parenthesized(bytes)} / {size}" : bytes)};");
    }

    private static void WriteTailEnd(SourceWriter writer, MessageLayout layout, SequenceModel tail)
    {
        writer.Write($"at += {Times(Count(tail), tail.ElementSize)};");
        WriteShort(writer, layout, tail.PlainName, "source.Length < at", "at");
    }

    /// <summary>Where the message says its length, a part that reaches past it is a lie; otherwise more bytes are needed.</summary>
    private static void WriteShort(SourceWriter writer, MessageLayout layout, string name, string condition, string needed)
    {
        writer.Open($"if ({condition})");
        writer.Write(layout.MessageLength is null
            ? $"return {NeedMore}({needed} - source.Length);"
            : $"return {Invalid}(\"{name}\", \"reaches past the end of the message\");");
        writer.Close();
        writer.Blank();
    }

    private static string Adjusted(string number, FieldPurpose purpose) => purpose.Adjust switch
    {
        0 => $"(int){number}",
        > 0 => $"(int){number} + {Number(purpose.Adjust)}",
        _ => $"(int){number} - {Number(-(long)purpose.Adjust)}",
    };

    private static string Entry(SequenceModel sequence) => sequence.IsGroup ? Camel(sequence) + "EntryBytes" : Number(sequence.ElementSize);

    private static string Times(string count, int size) => size == 1 ? count : $"({count} * {Number(size)})";

    private static string Parenthesized(string expression)
    {
        bool isOneTerm = !expression.Contains(' ') || (expression[0] == '(' && expression.IndexOf(')') == expression.Length - 1);
        return isOneTerm ? expression : $"({expression})";
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string ReadUInt16(SequenceModel group, string offset) =>
        $"{Names.BinaryPrimitives}.ReadUInt16{group.ByteOrder}(source.Slice({offset}, 2))";

    private static string WriteUInt16(SequenceModel group, string offset, string value) =>
        $"{Names.BinaryPrimitives}.WriteUInt16{group.ByteOrder}(wire.Slice({offset}, 2), {value});";
}
