using ZeroCopySockets.Generator.Emit.Variable;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the <c>Buffer</c>: a lease on registered memory that holds one message.</summary>
internal static class BufferEmitter
{
    /// <summary>The member of a buffer that gives its lease, ready to be sent.</summary>
    public static string ReadyLease(MessageModel message) => message.HasSeal ? "Sealed()" : "Lease";

    public static void Write(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        writer.Write($"""
            /// <summary>
            /// A lease on registered memory that holds one <see cref="{message.Name}"/>{(layout.IsFixedSize ? "" : ", of the size it was rented for")}.
            /// While a send of it is in flight it may be read, not written.
            /// </summary>
            {Names.GeneratedCode}
            [{Names.Runtime}.BufferLease]
            """);
        string contract = layout.IsFixedSize ? $"{Names.Runtime}.IMessageBuffer<{message.Name}.Buffer>, " : "";
        writer.Open($"public readonly struct Buffer : {contract}{Names.Disposable}");
        WriteMembers(writer, layout);
        if (message.HasSeal)
        {
            WriteSealed(writer);
        }

        writer.Write($"""
            /// <summary>The lease underneath: what takes one, such as every send, takes the message.</summary>
            /// <param name="buffer">The message.</param>
            public static implicit operator {Names.Runtime}.BufferLease(Buffer buffer) => buffer.{ReadyLease(message)};

            /// <summary>The whole message as one piece of a send in several pieces.</summary>
            /// <param name="buffer">The message.</param>
            public static implicit operator {Names.Runtime}.SendSegment(Buffer buffer) => new(buffer.{ReadyLease(message)});

            /// <summary>Gives the lease back; in flight, the slot returns to its pool when the kernel is done with it.</summary>
            public void Dispose() => _lease.Dispose();
            """);
        writer.Close();
    }

    private static void WriteMembers(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($"private readonly {Names.Runtime}.BufferLease _lease;");
        writer.Blank();
        if (layout.IsFixedSize)
        {
            WriteConstructor(writer, layout);
        }
        else
        {
            VariableBufferEmitter.WriteConstructor(writer, layout);
        }

        writer.Blank();
        writer.Write($$"""
            /// <summary>The lease underneath.</summary>
            public {{Names.Runtime}}.BufferLease Lease => _lease;

            /// <summary>Whether the kernel still owns the bytes.</summary>
            public bool IsInFlight => _lease.IsInFlight;

            /// <summary>What a debugger shows in place of the lease.</summary>
            [global::System.Diagnostics.DebuggerBrowsable(global::System.Diagnostics.DebuggerBrowsableState.RootHidden)]
            private {{layout.Message.Name}} DebuggerView => Read().Decode();

            """);
        if (layout.IsFixedSize)
        {
            writer.Write($$"""
                /// <summary>Encodes a whole message: {{Docs.Bytes(layout.WireSize)}}, padding included.</summary>
                /// <param name="value">The message.</param>
                [{{Names.Runtime}}.WritesBuffer]
                public void Write(in {{layout.Message.Name}} value) => Encode(in value, _lease.Edit());

                """);
        }
        else
        {
            VariableBufferEmitter.WriteWrite(writer, layout);
        }

        writer.Blank();
        writer.Write($$"""
            /// <summary>Edits single fields in place.</summary>
            [{{Names.Runtime}}.WritesBuffer]
            public Writer Edit() => new(_lease.Edit());

            /// <summary>Reads in place; legal while in flight.</summary>
            public View Read() => new(_lease.Read());

            """);
    }

    private static void WriteConstructor(SourceWriter writer, MessageLayout layout)
    {
        writer.Write($$"""
            /// <summary>A rented slot holds whatever was sent before: all {{Docs.Bytes(layout.WireSize)}} become zero, so that none of it can leave again.</summary>
            """);
        writer.Open($"internal Buffer({Names.Runtime}.BufferLease lease)");
        writer.Write($"""
            {Names.Bytes} bytes = lease.Edit().Slice(0, WireSize);
            bytes.Clear();
            """);
        CodecEmitter.WriteTextPadding(writer, layout, "bytes");
        writer.Write("_lease = lease;");
        writer.Close();
        writer.Blank();
        writer.Write($"static Buffer {Names.Runtime}.IMessageBuffer<{layout.Message.Name}.Buffer>.Over({Names.Runtime}.BufferLease lease) => new(lease);");
    }

    private static void WriteSealed(SourceWriter writer) => writer.Write($$"""
        /// <summary>
        /// The lease, its magic values and checksums filled in. In flight nothing can have been edited since an earlier send
        /// filled them in.
        /// </summary>
        internal {{Names.Runtime}}.BufferLease Sealed()
        {
            if (!_lease.IsInFlight)
            {
                Seal(_lease.Edit());
            }

            return _lease;
        }

        """);
}
