using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the <c>Writer</c>: a message edited where it lies, field by field.</summary>
internal static class WriterEmitter
{
    public static void Write(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        writer.Write($$"""
            /// <summary>
            /// A <see cref="{{message.Name}}"/> edited in place: each property encodes into its bytes when it is set.
            /// Being a ref struct, it cannot be kept across an <c>await</c>.
            /// </summary>
            {{Names.GeneratedCode}}
            """);
        writer.Open("public readonly ref struct Writer");
        writer.Write($$"""
            private readonly {{Names.Bytes}} _bytes;

            /// <summary>Lays a writer over bytes. It sets fields only: padding keeps what it holds.</summary>
            /// <param name="bytes">At least {{Docs.Bytes(layout.WireSize)}}.</param>
            /// <exception cref="global::System.ArgumentOutOfRangeException"><paramref name="bytes"/> is too short.</exception>
            public Writer({{Names.Bytes}} bytes) => _bytes = bytes.Slice(0, WireSize);
            """);
        foreach (PlannedField field in layout.Fields.Where(f => f.Field.Access is not null))
        {
            writer.Blank();
            WriteProperty(writer, message, field);
        }

        foreach (PlannedField field in layout.Fields.Where(f => f.Field is { Access: not null, Type: ArrayType { IsBytes: false } }))
        {
            writer.Blank();
            ArrayAccessorEmitter.Write(writer, message, field, canWrite: true);
        }

        writer.Close();
    }

    private static void WriteProperty(SourceWriter writer, MessageModel message, PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        writer.Write($"/// <summary>{Docs.Cref(message, field)}: {Docs.Place(planned)}.</summary>");
        switch (field.Type)
        {
            case ScalarType scalar:
                writer.Write($$"""
                    {{field.Access}} {{scalar.TypeName}} {{field.Name}}
                    {
                        get => {{ScalarCode.Read(scalar, field.ByteOrder, "_bytes", offset)}};
                        set => {{ScalarCode.Write(scalar, field.ByteOrder, "_bytes", offset, "value")}}
                    }
                    """);
                break;
            case ArrayType { IsBytes: true } bytes:
                writer.Write($"{field.Access} {Names.Bytes} {field.Name} => _bytes.Slice({offset}, {bytes.Length});");
                break;
            case ArrayType array:
                writer.Write($"{field.Access} {ArrayAccessorEmitter.NameFor(field)} {field.Name} => new(_bytes.Slice({offset}, {array.Size}));");
                break;
            case NestedType nested:
                writer.Write($"{field.Access} {nested.TypeName}.Writer {field.Name} => new(_bytes.Slice({offset}, {nested.WireSize}));");
                break;
        }
    }
}
