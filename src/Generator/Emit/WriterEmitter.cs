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
            """);
        writer.Open($"public Writer({Names.Bytes} bytes)");
        writer.Write("_bytes = bytes.Slice(0, WireSize);");
        WriteParts(writer, layout);
        writer.Close();
        WriteMembers(writer, layout);
        WriteAccessors(writer, layout);
        writer.Close();
    }

    /// <summary>Statements of the constructor that lay the writers of the parts.</summary>
    public static void WriteParts(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField field in Accessible(layout).Where(f => TypeOfPart(f.Field) is not null))
        {
            writer.Write($"this.{field.Field.Name} = new(_bytes.Slice(Offsets.{field.Field.Name}, {field.Size}));");
        }
    }

    /// <summary>One member per field.</summary>
    public static void WriteMembers(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField field in Accessible(layout))
        {
            writer.Blank();
            writer.Write($"/// <summary>{Docs.Cref(layout.Message, field.Field)}: {Docs.Place(field)}.</summary>");
            WriteMember(writer, field);
        }
    }

    /// <summary>The types that reach elements of arrays.</summary>
    public static void WriteAccessors(SourceWriter writer, MessageLayout layout)
    {
        foreach (PlannedField field in Accessible(layout).Where(f => f.Field.Type is ArrayType { IsBytes: false }))
        {
            writer.Blank();
            ArrayAccessorEmitter.Write(writer, layout.Message, field, canWrite: true);
        }
    }

    private static IEnumerable<PlannedField> Accessible(MessageLayout layout) => layout.Fields.Where(f => f.Field.Access is not null);

    /// <summary>
    /// The writer of a part of the message. Parts are fields, not properties: C# assigns through a field of a readonly
    /// struct, as in <c>tick.Edit().Header.Length = 1</c>, and refuses to through a property.
    /// </summary>
    private static string? TypeOfPart(FieldModel field) => field.Type switch
    {
        ArrayType { IsBytes: false } => ArrayAccessorEmitter.NameFor(field),
        NestedType nested => $"{nested.TypeName}.Writer",
        _ => null,
    };

    private static void WriteMember(SourceWriter writer, PlannedField planned)
    {
        FieldModel field = planned.Field;
        string offset = $"Offsets.{field.Name}";
        switch (field.Type)
        {
            // What generated code fills in can be read here, and only <c>Seal</c> writes it.
            case ScalarType scalar when field.IsAutomatic:
                string read = planned.Bits is null ? ScalarCode.Read(scalar, field.ByteOrder, "_bytes", offset) : BitsCode.Read(planned, "_bytes");
                writer.Write($"{field.Access} {scalar.TypeName} {field.Name} => {read};");
                break;
            case ArrayType { IsBytes: true } when field.IsAutomatic:
                writer.Write($"{field.Access} {Names.ReadOnlyBytes} {field.Name} => _bytes.Slice({offset}, {planned.Size});");
                break;
            case ScalarType scalar when planned.Bits is not null:
                writer.Open($"{field.Access} {scalar.TypeName} {field.Name}");
                writer.Write($"get => {BitsCode.Read(planned, "_bytes")};");
                writer.Open("set");
                BitsCode.WriteOne(writer, planned, "_bytes", "value");
                writer.Close();
                writer.Close();
                break;
            case TextType text:
                string arguments = $"_bytes.Slice({offset}, {text.Length}), {ScalarCode.EncodingOf(text)}, {text.Padding}";
                writer.Write($$"""
                    {{field.Access}} string {{field.Name}}
                    {
                        get => {{Names.WireText}}.Read({{arguments}});
                        set => {{Names.WireText}}.Write(value, {{arguments}});
                    }
                    """);
                break;
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
            default:
                writer.Write($"{field.Access} readonly {TypeOfPart(field)} {field.Name};");
                break;
        }
    }
}
