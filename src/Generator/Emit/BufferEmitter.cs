using ZeroCopySockets.Generator.Layout;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Writes the <c>Buffer</c>: a lease on registered memory that holds one message.</summary>
internal static class BufferEmitter
{
    public static void Write(SourceWriter writer, MessageLayout layout) => writer.Write($$"""
        /// <summary>
        /// A lease on registered memory that holds one <see cref="{{layout.Message.Name}}"/>. While a send of it is in flight
        /// it may be read, not written.
        /// </summary>
        {{Names.GeneratedCode}}
        [{{Names.Runtime}}.BufferLease]
        public readonly struct Buffer : global::System.IDisposable
        {
            private readonly {{Names.Runtime}}.BufferLease _lease;

            /// <summary>A rented slot holds whatever was sent before: all {{Docs.Bytes(layout.WireSize)}} become zero, so that none of it can leave again.</summary>
            internal Buffer({{Names.Runtime}}.BufferLease lease)
            {
                lease.Edit().Slice(0, WireSize).Clear();
                _lease = lease;
            }

            /// <summary>The lease underneath.</summary>
            public {{Names.Runtime}}.BufferLease Lease => _lease;

            /// <summary>Whether the kernel still owns the bytes.</summary>
            public bool IsInFlight => _lease.IsInFlight;

            /// <summary>Encodes a whole message: {{Docs.Bytes(layout.WireSize)}}, padding included.</summary>
            /// <param name="value">The message.</param>
            [{{Names.Runtime}}.WritesBuffer]
            public void Write(in {{layout.Message.Name}} value) => Encode(in value, _lease.Edit());

            /// <summary>Edits single fields in place.</summary>
            [{{Names.Runtime}}.WritesBuffer]
            public Writer Edit() => new(_lease.Edit());

            /// <summary>Reads in place; legal while in flight.</summary>
            public View Read() => new(_lease.Read());

            /// <summary>Gives the lease back; in flight, the slot returns to its pool when the kernel is done with it.</summary>
            public void Dispose() => _lease.Dispose();
        }
        """);
}
