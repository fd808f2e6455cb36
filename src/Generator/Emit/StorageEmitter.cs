using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;
using ZeroCopySockets.Generator.Parsing;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes what the struct keeps for its partial properties, and their other halves.</summary>
internal static class StorageEmitter
{
    public static void Write(SourceWriter writer, MessageLayout layout)
    {
        foreach (FieldModel field in layout.Message.Fields)
        {
            if (field is { Property: { } property, Type: TextType text })
            {
                WriteStorage(writer, layout.Message, field.PlainName, field.Name, "byte", text.Length);
                WriteText(writer, field, property, text);
            }
        }

        foreach (SequenceModel sequence in layout.Message.Sequences)
        {
            WriteStorage(writer, layout.Message, sequence.PlainName, sequence.Name, sequence.ElementTypeName, sequence.Max);
            WriteSequence(writer, sequence);
        }
    }

    /// <summary>Where the struct counts the elements of a sequence.</summary>
    public static string CountOf(SequenceModel sequence) => ReservedNames.NameOfCount(sequence.PlainName);

    /// <summary>Where the struct keeps the elements of a sequence.</summary>
    public static string StorageOf(SequenceModel sequence) => FieldModel.NameOfStorage(sequence.PlainName);

    private static void WriteStorage(SourceWriter writer, MessageModel message, string plainName, string name, string element, int length)
    {
        string type = ReservedNames.NameOfStorageType(plainName);
        writer.Write($$"""
            /// <summary>Room for <see cref="{{message.Name}}.{{name}}"/>.</summary>
            {{Names.GeneratedCode}}
            [global::System.Runtime.CompilerServices.InlineArray({{length}})]
            private struct {{type}}
            {
                private {{element}} _first;
            }

            {{Names.GeneratedCode}}
            private {{type}} {{FieldModel.NameOfStorage(plainName)}};

            """);
    }

    private static void WriteText(SourceWriter writer, FieldModel field, PropertyModel property, TextType text)
    {
        string encoding = ScalarCode.EncodingOf(text);
        writer.Write($$"""
            {{property.Modifiers}} {{property.Type}} {{field.Name}}
            {
                {{property.Getter}}get => {{Names.WireText}}.Read({{field.Storage}}, {{encoding}}, 0);
                {{property.Setter}}set => {{Names.WireText}}.Write(value, {{field.Storage}}, {{encoding}}, 0);
            }

            """);
    }

    private static void WriteSequence(SourceWriter writer, SequenceModel sequence)
    {
        PropertyModel property = sequence.Property;
        string storage = StorageOf(sequence);
        string count = CountOf(sequence);
        writer.Write($$"""
            {{Names.GeneratedCode}}
            private int {{count}};

            {{property.Modifiers}} {{property.Type}} {{sequence.Name}}
            {
                [global::System.Diagnostics.CodeAnalysis.UnscopedRef]
                {{property.Getter}}get => (({{property.Type}}){{storage}}).Slice(0, {{count}});
                {{property.Setter}}set
                {
                    if (value.Length > {{sequence.Max}})
                    {
                        throw new global::System.ArgumentException("'{{sequence.PlainName}}' has room for {{sequence.Max}} elements.", nameof(value));
                    }

                    value.CopyTo({{storage}});
                    {{count}} = value.Length;
                }
            }

            """);
    }
}
