namespace ZeroCopySockets.Analyzers.Tests.Ownership;

/// <summary>The source around a test's statements.</summary>
internal static class Programs
{
    /// <summary>What the generator makes of a message, as far as ownership goes.</summary>
    public const string Tick = """
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using ZeroCopySockets;

        public struct Header
        {
            public int Kind;
            public int Size { get; set; }
        }

        public struct Tick
        {
            public ulong Sequence;
            public uint Quantity;

            [BufferLease]
            public readonly struct Buffer : IDisposable
            {
                public BufferLease Lease => throw null!;
                public static implicit operator BufferLease(Buffer buffer) => throw null!;
                public bool IsInFlight => throw null!;
                public ulong Sequence => throw null!;
                [WritesBuffer] public void Write(in Tick value) => throw null!;
                [WritesBuffer] public Writer Edit() => throw null!;
                [WritesBuffer] public ref Header Head => throw null!;
                [WritesBuffer] public uint Quantity { get => throw null!; set => throw null!; }
                public void Dispose() => throw null!;
            }

            public readonly ref struct Writer
            {
                public ulong Sequence { get => throw null!; set => throw null!; }
                public uint Quantity { set => throw null!; }
                public ref Header Header => throw null!;
                public Span<byte> Text => throw null!;
                public uint this[int level] { get => throw null!; set => throw null!; }
            }
        }

        public static class TickExtensions
        {
            [ReturnsOwnership] public static Tick.Buffer RentTick(this ZeroCopySocket socket) => throw null!;
            [WritesBuffer] public static void Reset(this Tick.Buffer buffer) => throw null!;
        }
        """;

    public const string Usings = """
        using System;
        using System.Buffers;
        using System.Buffers.Binary;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Net.Sockets;
        using System.Runtime.InteropServices;
        using System.Threading;
        using System.Threading.Tasks;
        using ZeroCopySockets;

        """;

    /// <summary>
    /// The statements in an asynchronous method that has two sockets, a leased buffer and a typed one, memory of the
    /// caller's own, and some conditions.
    /// </summary>
    public static string InMethod(string statements) => Usings + $$"""
        class Program
        {
            private BufferLease _lease;
            private SendReceipt _receipt;
            private bool _flag;
            private Options _options = new();

            class Options { public bool ZeroCopy { get; set; } }

            static void Use(object value) { }
            static void Look(BufferLease value) { }
            public virtual void Pass(BufferLease value) { }
            static void Look(SendReceipt value) { }
            static void Change(ref BufferLease value) { }
            static bool Test() => true;

            async Task M(
                ZeroCopySocket socket, ZeroCopySocket other, BufferLease b, Tick.Buffer tick, byte[] array,
                bool x, bool y, int n, CancellationToken ct)
            {
        {{statements}}
            }
        }
        """;
}
