using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the generated file of a closed set of messages.</summary>
internal static class MessageSetEmitter
{
    public static string Emit(MessageSetModel set) => SourceFile.Write(
        "A message",
        "arrives",
        set.Namespace,
        set.Containers,
        set.UsesShortNames,
        writer => WriteStruct(writer, set),
        writer => WriteReceives(writer, set));

    private static void WriteStruct(SourceWriter writer, MessageSetModel set)
    {
        string contract = set.IsSelfDelimiting ? "ISelfDelimitingView" : "IWireView";
        writer.Open($"readonly ref partial struct {set.Name} : {Names.Runtime}.{contract}<{set.Name}>");
        WriteKinds(writer, set);
        writer.Write($$"""

            {{Names.GeneratedCode}}
            private readonly {{Names.ReadOnlyBytes}} _bytes;

            {{Names.GeneratedCode}}
            private {{set.Name}}({{Names.ReadOnlyBytes}} bytes, MessageKind kind)
            {
                _bytes = bytes;
                Kind = kind;
            }

            {{Names.GeneratedCode}}
            static int {{Names.Runtime}}.IWireView<{{set.Name}}>.MinWireSize => {{set.MinReceivedSize}};

            {{Names.GeneratedCode}}
            static int {{Names.Runtime}}.IWireView<{{set.Name}}>.MaxWireSize => {{set.MaxReceivedSize}};

            /// <summary>Which message it is; None only of <c>default</c>.</summary>
            {{Names.GeneratedCode}}
            public MessageKind Kind { get; }

            /// <summary>The bytes of the message.</summary>
            {{Names.GeneratedCode}}
            public {{Names.ReadOnlyBytes}} Bytes => _bytes;

            """);
        WriteTryParse(writer, set);
        foreach (SetMessage message in set.Messages)
        {
            writer.Blank();
            writer.Write($$"""
                /// <summary>The message, if it is a <see cref="{{message.TypeName}}"/>.</summary>
                /// <param name="message">The message in place; <c>default</c> if it is another.</param>
                {{Names.GeneratedCode}}
                public bool TryGet{{message.Name}}(out {{message.TypeName}}.View message)
                {
                    bool isIt = Kind == MessageKind.{{message.Name}};
                    message = isIt ? new {{message.TypeName}}.View(_bytes) : default;
                    return isIt;
                }

                /// <summary>The message, which must be a <see cref="{{message.TypeName}}"/>.</summary>
                /// <exception cref="global::System.InvalidOperationException">It is another.</exception>
                {{Names.GeneratedCode}}
                public {{message.TypeName}}.View As{{message.Name}}() => Kind == MessageKind.{{message.Name}}
                    ? new(_bytes)
                    : throw new global::System.InvalidOperationException($"The message is of the kind {Kind}.");
                """);
        }

        writer.Close();
    }

    private static void WriteKinds(SourceWriter writer, MessageSetModel set)
    {
        writer.Write($"""
            /// <summary>The messages of the set.</summary>
            {Names.GeneratedCode}
            """);
        writer.Open("public enum MessageKind");
        writer.Write("""
            /// <summary>No message.</summary>
            None,
            """);
        foreach (SetMessage message in set.Messages)
        {
            writer.Blank();
            writer.Write($"""
                /// <summary><see cref="{message.TypeName}"/>.</summary>
                {message.Name},
                """);
        }

        writer.Close();
    }

    private static void WriteTryParse(SourceWriter writer, MessageSetModel set)
    {
        var tag = new ScalarType(set.Tag.Primitive, null);
        int end = set.Tag.Offset + (int)tag.Size;
        writer.Write($$"""
            /// <summary>Validates the message that received bytes start with. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
            {{Names.GeneratedCode}}
            public static {{Names.ParseStatus}} TryParse({{Names.ReadOnlyBytes}} source, out {{set.Name}} view) => TryParse(source, out view, out _);

            /// <summary>Validates the message that received bytes start with. Never throws: bad bytes are a status.</summary>
            /// <param name="source">What was received.</param>
            /// <param name="view">The message; <c>default</c> unless the status is Ok.</param>
            /// <param name="consumed">Bytes the message took; 0 unless the status is Ok.</param>
            {{Names.GeneratedCode}}
            """);
        writer.Open($"public static {Names.ParseStatus} TryParse({Names.ReadOnlyBytes} source, out {set.Name} view, out int consumed)");
        writer.Write($$"""
            view = default;
            consumed = 0;
            if (source.Length < {{end}})
            {
                return {{Names.ParseStatus}}.NeedMore({{set.MinReceivedSize}} - source.Length);
            }

            {{Names.ParseStatus}} status;
            MessageKind kind;
            int length;
            """);
        writer.Open($"switch ({ScalarCode.Read(tag, set.Tag.ByteOrder, "source", $"{set.Tag.Offset}")})");
        foreach (SetMessage message in set.Messages)
        {
            string literal = ScalarCode.Literal(message.Tag, set.Tag.Primitive);
            writer.Write($"case {(set.Tag.Primitive == WirePrimitive.Char ? $"(char){literal}" : literal)}:");
            writer.Write($"    kind = MessageKind.{message.Name};");
            writer.Write(message.FixedSize is { } size
                ? $"    status = {message.TypeName}.View.TryParse(source, out _);\n    length = {size};"
                : $"    status = {message.TypeName}.View.TryParse(source, out _, out length);");
            writer.Write("    break;");
        }

        writer.Write($"""
            default:
                return {Names.ParseStatus}.Invalid("{set.Tag.Field}", "no message of {set.PlainName} has this tag");
            """);
        writer.Close();
        writer.Blank();
        writer.Write($$"""
            if (status.IsOk)
            {
                view = new {{set.Name}}(source.Slice(0, length), kind);
                consumed = length;
            }

            return status;
            """);
        writer.Close();
    }

    private static void WriteReceives(SourceWriter writer, MessageSetModel set)
    {
        string method = $"Receive{SocketMethodsEmitter.Plural(set.PlainName)}Async";
        writer.Write($"""
            /// <summary>Receives messages of <see cref="{set.LocalName}"/>.</summary>
            {Names.GeneratedCode}
            """);
        writer.Open($"{set.Access} static class {set.ExtensionsName}");
        SocketMethodsEmitter.WriteReceives(writer, set.LocalName, method, set.IsSelfDelimiting);
        writer.Close();
    }
}
