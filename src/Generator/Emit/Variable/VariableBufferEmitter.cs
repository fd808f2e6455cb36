using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit.Variable;

/// <summary>Writes what the <c>Buffer</c> of a message of variable size has of its own, and what rents one: it is as long as the message it is rented for.</summary>
internal static class VariableBufferEmitter
{
    public static void WriteConstructor(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string parameters = string.Concat(message.Sequences.Select(s => $", int {FrameEmitter.Count(s)}"));
        string arguments = string.Concat(message.Sequences.Select(s => $", {FrameEmitter.Count(s)}"));
        writer.Write("/// <summary>A rented slot holds whatever was sent before: all of it becomes zero, so that none can leave again.</summary>");
        writer.Open($"internal Buffer({Names.Runtime}.BufferLease lease{parameters})");
        writer.Write($"""
            {Names.Bytes} bytes = lease.Edit();
            bytes.Clear();
            WriteFrame(bytes{arguments});
            """);
        CodecEmitter.WriteTextPadding(writer, layout, "bytes");
        writer.Write("_lease = lease;");
        writer.Close();
    }

    public static void WriteWrite(SourceWriter writer, MessageLayout layout) => writer.Write($$"""
        /// <summary>Encodes a whole message, padding included, of the size that was rented.</summary>
        /// <param name="value">The message.</param>
        /// <exception cref="global::System.ArgumentException">It takes more or fewer bytes than were rented.</exception>
        [{{Names.Runtime}}.WritesBuffer]
        public void Write(in {{layout.Message.Name}} value)
        {
            int size = SizeOf(in value);
            if (size != _lease.Length)
            {
                throw new global::System.ArgumentException($"The message takes {size} bytes, and {_lease.Length} were rented.", nameof(value));
            }

            Encode(in value, _lease.Edit());
        }
        """);

    /// <summary>The methods that rent one, for so many elements of each group and tail.</summary>
    public static void WriteRents(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string counts = string.Concat(message.Sequences.Select(s => $", int {FrameEmitter.Count(s)}"));
        string arguments = string.Concat(message.Sequences.Select(s => $", {FrameEmitter.Count(s)}"));
        string docs = string.Concat(message.Sequences.Select(s =>
            $"\n/// <param name=\"{FrameEmitter.Count(s)}\">Elements of <see cref=\"{message.LocalName}.{s.Name}\"/>, at most {s.Max}.</param>"));
        string size = $"SizeWith({string.Join(", ", message.Sequences.Select(FrameEmitter.Count))})";
        writer.Write($$"""
            /// <summary>Rents registered memory for one message, all zero but for what says where its parts are.</summary>
            /// <param name="source">A socket or an engine.</param>{{docs}}
            [{{Names.Runtime}}.ReturnsOwnership]
            public static {{message.LocalName}}.Buffer Rent{{message.PlainName}}(this {{Names.Runtime}}.IBufferSource source{{counts}}) =>
                new(source.Rent({{size}}){{arguments}});

            /// <summary>Rents registered memory for one message, all zero but for what says where its parts are, waiting for a slot when the pool is empty.</summary>
            /// <param name="source">A socket or an engine.</param>{{docs}}
            /// <param name="cancellationToken">Ends the wait.</param>
            [{{Names.Runtime}}.ReturnsOwnership]
            public static async {{Names.ValueTask}}<{{message.LocalName}}.Buffer> Rent{{message.PlainName}}Async(
                this {{Names.Runtime}}.IBufferSource source{{counts}}, {{Names.CancellationToken}} cancellationToken = default) =>
                new(await source.RentAsync({{size}}, cancellationToken).ConfigureAwait(false){{arguments}});

            """);
        writer.Open($"private static int SizeWith({counts.TrimStart(',', ' ')})");
        foreach (SequenceModel sequence in message.Sequences)
        {
            string count = FrameEmitter.Count(sequence);
            writer.Write($"""
                global::System.ArgumentOutOfRangeException.ThrowIfNegative({count});
                global::System.ArgumentOutOfRangeException.ThrowIfGreaterThan({count}, {sequence.Max});
                """);
        }

        writer.Write($"return {message.LocalName}.{FrameEmitter.SizeExpression(layout, FrameEmitter.Count)};");
        writer.Close();
    }
}
