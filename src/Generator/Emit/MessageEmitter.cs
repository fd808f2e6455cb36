using ZeroCopySockets.Generator.Emit.Variable;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the generated file of one message.</summary>
internal static class MessageEmitter
{
    public static string Emit(MessageLayout layout) => SourceFile.Write(
        "A field",
        "travels",
        layout.Message.Namespace,
        layout.Message.Containers,
        layout.Message.UsesShortNames,
        writer => WriteStruct(writer, layout),
        writer => SocketMethodsEmitter.Write(writer, layout));

    private static void WriteStruct(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string contract = $"{Names.Runtime}.{(layout.IsFixedSize ? "IFixedWireLayout" : "IWireLayout")}<{message.Name}>";
        writer.Write("""
            /// <remarks>
            /// On the wire:
            /// <code>
            """);
        foreach (string line in LayoutDiagram.Draw(layout))
        {
            writer.Write("/// " + line);
        }

        writer.Write("""
            /// </code>
            /// </remarks>
            """);
        if (message is { AddsStorage: true, StructLayout: ClrLayout.Unstated })
        {
            // The order of storage is the CLR's own business; saying so keeps the compiler from asking for it.
            const string Interop = "global::System.Runtime.InteropServices";
            writer.Write($"[{Interop}.StructLayout({Interop}.LayoutKind.Auto)]");
        }

        string implemented = layout.Payload is not null ? $"{Names.Runtime}.IPayloadHeader<{message.Name}>" : contract;
        writer.Open($"partial {message.Keyword} {message.Name} : {implemented}");
        StorageEmitter.Write(writer, layout);
        if (layout.IsFixedSize)
        {
            WriteFixedMembers(writer, layout, contract);
        }
        else
        {
            WriteVariableMembers(writer, layout);
        }

        writer.Close();
    }

    private static void WriteVariableMembers(SourceWriter writer, MessageLayout layout)
    {
        VariableEmitter.WriteSizes(writer, layout);
        WriteOffsets(writer, layout);
        writer.Blank();
        VariableEmitter.WriteCodec(writer, layout);
        writer.Blank();
        WriteSeal(writer, layout);
        VariableViewEmitter.WriteView(writer, layout);
        writer.Blank();
        VariableViewEmitter.WriteWriter(writer, layout);
        writer.Blank();
        BufferEmitter.Write(writer, layout);
    }

    private static void WriteSeal(SourceWriter writer, MessageLayout layout)
    {
        if (layout.Message.HasSeal)
        {
            AutomaticFields.WriteSeal(writer, layout);
            writer.Blank();
        }
    }

    private static void WriteFixedMembers(SourceWriter writer, MessageLayout layout, string contract)
    {
        writer.Write($"""
            /// <summary>Bytes one message takes on the wire: {layout.WireSize}.</summary>
            {Names.GeneratedCode}
            public const int WireSize = {layout.WireSize};

            {Names.GeneratedCode}
            static int {contract}.WireSize => WireSize;

            """);
        WriteOffsets(writer, layout);
        writer.Blank();
        CodecEmitter.WriteEncode(writer, layout);
        writer.Blank();
        CodecEmitter.WriteTryDecode(writer, layout);
        writer.Blank();
        WriteSeal(writer, layout);
        ViewEmitter.Write(writer, layout);
        writer.Blank();
        WriterEmitter.Write(writer, layout);
        writer.Blank();
        BufferEmitter.Write(writer, layout);
    }

    private static void WriteOffsets(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($"""
            /// <summary>Where each field starts, in bytes from the start of the message.</summary>
            {Names.GeneratedCode}
            """);
        writer.Open("public static class Offsets");
        foreach (PlannedField field in layout.Fields)
        {
            writer.Write($"""
                /// <summary>{Docs.Cref(layout.Message, field.Field)}: {Docs.Place(field)}.</summary>
                public const int {field.Field.Name} = {field.Offset};
                """);
        }

        writer.Close();
    }
}
