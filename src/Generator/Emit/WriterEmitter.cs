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
        List<PlannedField> accessible = [.. layout.Fields.Where(f => f.Field.Access is not null)];
        foreach (PlannedField field in accessible.Where(f => TypeOfPart(f.Field) is not null))
        {
            writer.Write($"this.{field.Field.Name} = new(_bytes.Slice(Offsets.{field.Field.Name}, {field.Size}));");
        }

        writer.Close();
        foreach (PlannedField field in accessible)
        {
            writer.Blank();
            writer.Write($"/// <summary>{Docs.Cref(message, field.Field)}: {Docs.Place(field)}.</summary>");
            WriteMember(writer, field);
        }

        foreach (PlannedField field in layout.Fields.Where(f => f.Field is { Access: not null, Type: ArrayType { IsBytes: false } }))
        {
            writer.Blank();
            ArrayAccessorEmitter.Write(writer, message, field, canWrite: true);
        }

        writer.Close();
    }

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
