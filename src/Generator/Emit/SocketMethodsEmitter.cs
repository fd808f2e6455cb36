using ZeroCopySockets.Generator.Emit.Variable;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>
/// Writes the methods on sockets that are named after the message; each delegates to the runtime. Sends need none: sockets take any
/// message, and a buffer converts to its lease.
/// </summary>
internal static class SocketMethodsEmitter
{
    public static void Write(SourceWriter writer, MessageLayout layout)
    {
        MessageModel message = layout.Message;
        writer.Write($"""
            /// <summary>Rents and receives <see cref="{message.LocalName}"/> messages of {Docs.Sizes(layout)}.</summary>
            {Names.GeneratedCode}
            """);
        writer.Open($"{message.Access} static class {message.ExtensionsName}");
        if (layout.IsFixedSize)
        {
            WriteRents(writer, message);
        }
        else
        {
            VariableBufferEmitter.WriteRents(writer, layout);
        }

        writer.Blank();
        WriteReceives(writer, $"{message.LocalName}.View", $"Receive{Plural(message.PlainName)}Async", layout.IsSelfDelimiting);
        writer.Close();
    }

    /// <summary>English enough for type names: Tick, Ticks; Entry, Entries; Address, Addresses.</summary>
    public static string Plural(string name)
    {
        bool endsInConsonantY = name.Length > 1 && name[name.Length - 1] == 'y' && "aeiou".IndexOf(name[name.Length - 2]) < 0;
        if (endsInConsonantY)
        {
            return name.Substring(0, name.Length - 1) + "ies";
        }

        string[] sibilants = ["s", "x", "z", "ch", "sh"];
        return sibilants.Any(s => name.EndsWith(s, StringComparison.Ordinal)) ? name + "es" : name + "s";
    }

    private static void WriteRents(SourceWriter writer, MessageModel message) => writer.Write($$"""
        /// <summary>Rents registered memory for one message, all zero.</summary>
        /// <param name="source">A socket or an engine.</param>
        [{{Names.Runtime}}.ReturnsOwnership]
        public static {{message.LocalName}}.Buffer Rent{{message.PlainName}}(this {{Names.Runtime}}.IBufferSource source) =>
            new(source.Rent({{message.LocalName}}.WireSize));

        /// <summary>Rents registered memory for one message, all zero, waiting for a slot when the pool is empty.</summary>
        /// <param name="source">A socket or an engine.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        [{{Names.Runtime}}.ReturnsOwnership]
        public static {{Names.ValueTask}}<{{message.LocalName}}.Buffer> Rent{{message.PlainName}}Async(
            this {{Names.Runtime}}.IBufferSource source, {{Names.CancellationToken}} cancellationToken = default) =>
            {{Names.Runtime}}.MessageBuffers.RentMessageAsync<{{message.LocalName}}.Buffer>(source, {{message.LocalName}}.WireSize, cancellationToken);
        """);

    /// <summary>The receive methods of a view.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="view">The view.</param>
    /// <param name="method">The name of the methods.</param>
    /// <param name="fromStreams">The messages say where they end, so that a stream of them can be taken apart.</param>
    public static void WriteReceives(SourceWriter writer, string view, string method, bool fromStreams)
    {
        if (fromStreams)
        {
            writer.Write($$"""
                /// <summary>Whole messages from a stream, for <c>await foreach</c>, however the network cut it.</summary>
                /// <param name="socket">The socket.</param>
                /// <param name="cancellationToken">Ends the stream of messages.</param>
                public static {{Names.Runtime}}.MessageReceiver<{{view}}> {{method}}(
                    this {{Names.Runtime}}.ZeroCopySocket socket, {{Names.CancellationToken}} cancellationToken = default) =>
                    socket.ReceiveMessagesAsync<{{view}}>(cancellationToken);

                """);
        }

        writer.Write($$"""
            /// <summary>One message per datagram, for <c>await foreach</c>.</summary>
            /// <param name="socket">The socket.</param>
            /// <param name="cancellationToken">Ends the stream of messages.</param>
            public static {{Names.Runtime}}.DatagramReceiver<{{view}}> {{method}}(
                this {{Names.Runtime}}.ZeroCopyDatagramSocket socket, {{Names.CancellationToken}} cancellationToken = default) =>
                socket.ReceiveMessagesAsync<{{view}}>(cancellationToken);
            """);
    }
}
