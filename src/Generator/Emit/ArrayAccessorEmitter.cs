using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the small type through which a view or writer reaches the elements of one array field.</summary>
internal static class ArrayAccessorEmitter
{
    public static string NameFor(FieldModel field) => ReservedNames.NameOfArrayAccessor(field.PlainName);

    public static void Write(SourceWriter writer, MessageModel message, PlannedField planned, bool canWrite)
    {
        FieldModel field = planned.Field;
        var array = (ArrayType)field.Type;
        string name = NameFor(field);
        string bytes = canWrite ? Names.Bytes : Names.ReadOnlyBytes;
        string start = array.Element.Size == 1 ? "index" : $"index * {array.Element.Size}";
        writer.Write($"""
            /// <summary>The elements of {Docs.Cref(message, field)}: {array.Length} of {Docs.Bytes((int)array.Element.Size)} each, from offset {planned.Offset}.</summary>
            """);
        writer.Open($"{field.Access} readonly ref struct {name}");
        writer.Write($$"""
            private readonly {{bytes}} _bytes;

            internal {{name}}({{bytes}} bytes) => _bytes = bytes;

            /// <summary>The number of elements.</summary>
            public int Length => {{array.Length}};

            /// <summary>One element.</summary>
            /// <param name="index">From 0 to {{array.Length - 1}}.</param>
            """);
        switch (array.Element)
        {
            case ScalarType scalar:
                writer.Open($"public {scalar.TypeName} this[int index]");
                writer.Write($"get => {ScalarCode.Read(scalar, field.ByteOrder, "_bytes", "Start(index)")};");
                if (canWrite)
                {
                    writer.Write($"set => {ScalarCode.Write(scalar, field.ByteOrder, "_bytes", "Start(index)", "value")}");
                }

                writer.Close();
                break;
            case NestedType nested:
                string accessor = canWrite ? "Writer" : "View";
                writer.Write($"public {nested.TypeName}.{accessor} this[int index] => new(_bytes.Slice(Start(index), {nested.WireSize}));");
                break;
        }

        writer.Blank();
        writer.Write($$"""
            private static int Start(int index) =>
                index is >= 0 and < {{array.Length}} ? {{start}} : throw new global::System.IndexOutOfRangeException();
            """);
        writer.Close();
    }
}
