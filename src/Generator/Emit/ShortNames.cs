using System.Text;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>
/// The names of types that generated code writes as a person would, after a using directive, where nothing the user declares
/// can capture one of them. Emitters write all of them in full; this shortens the text in the end.
/// </summary>
internal static class ShortNames
{
    private const string Global = "global::";

    private static readonly (string Namespace, string[] Names)[] s_names =
    [
        ("System",
        [
            "ArgumentException", "ArgumentOutOfRangeException", "BitConverter", "DateTime", "Guid", "Half", "IDisposable", "IndexOutOfRangeException", "Int128",
            "InvalidOperationException", "Math", "MemoryExtensions", "ReadOnlySpan", "Span", "TimeSpan", "UInt128",
        ]),
        ("System.Buffers.Binary", ["BinaryPrimitives"]),
        ("System.CodeDom.Compiler", ["GeneratedCode"]),
        ("System.Diagnostics", ["DebuggerBrowsable", "DebuggerBrowsableState"]),
        ("System.Diagnostics.CodeAnalysis", ["UnscopedRef"]),
        ("System.Runtime.CompilerServices", ["InlineArray", "MethodImpl", "MethodImplOptions", "Unsafe"]),
        ("System.Runtime.InteropServices", ["LayoutKind", "MemoryMarshal", "StructLayout"]),
        ("System.Threading", ["CancellationToken"]),
        ("System.Threading.Tasks", ["ValueTask"]),
        ("ZeroCopySockets",
        [
            "BufferLease", "ChecksumAlgorithm", "DatagramReceiver", "IBufferSource", "IFixedWireLayout", "IFixedWireView", "IMessageBuffer", "IPayloadHeader",
            "ISelfDelimitingView", "IWireLayout", "IWireView", "MessageBuffers", "MessageReceiver", "ParseStatus", "ReturnsOwnership", "SendSegment",
            "TextEncoding", "WireChecksum", "WireFormat", "WireText", "WritesBuffer", "ZeroCopyDatagramSocket", "ZeroCopySocket",
        ]),
    ];

    private static readonly Dictionary<string, string> s_namespaces = s_names
        .SelectMany(group => group.Names.Select(name => (name, group.Namespace)))
        .ToDictionary(pair => pair.name, pair => pair.Namespace, StringComparer.Ordinal);

    /// <summary>The names themselves, and what using directives start with: whoever declares one of them captures it.</summary>
    public static IEnumerable<(string Name, string Namespace)> All { get; } =
        [.. s_namespaces.SelectMany(pair => new[] { (pair.Key, pair.Value), (pair.Key + "Attribute", pair.Value) }), ("System", ""), ("ZeroCopySockets", "")];

    /// <summary>Shortens the names in a text.</summary>
    /// <param name="text">What was emitted.</param>
    /// <param name="usings">The namespaces the text needs then, in ordinal order.</param>
    public static string Shorten(string text, out IReadOnlyList<string> usings)
    {
        var shortened = new StringBuilder(text.Length);
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        int copied = 0;
        for (int start = text.IndexOf(Global, StringComparison.Ordinal); start >= 0; start = text.IndexOf(Global, start + Global.Length, StringComparison.Ordinal))
        {
            if (NameAt(text, start + Global.Length) is var (ns, nameStart))
            {
                shortened.Append(text, copied, start - copied);
                copied = nameStart;
                needed.Add(ns);
            }
        }

        usings = [.. needed];
        return shortened.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The namespace of the known type that is named there in full, and where its own name starts.</summary>
    private static (string Namespace, int NameStart)? NameAt(string text, int start)
    {
        int part = start;
        for (int i = start; ; i++)
        {
            if (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] is '_' or '@'))
            {
                continue;
            }

            bool isKnown = s_namespaces.TryGetValue(text.Substring(part, i - part), out string? ns)
                && part - start == ns.Length + 1
                && string.CompareOrdinal(text, start, ns, 0, ns.Length) == 0;
            if (isKnown)
            {
                return (ns!, part);
            }

            if (i == text.Length || text[i] != '.')
            {
                return null;
            }

            part = i + 1;
        }
    }
}
