namespace ZeroCopySockets.Generator.Emit;

/// <summary>Fully qualified names used by generated code: nothing the user declares can capture them.</summary>
internal static class Names
{
    public const string Runtime = "global::ZeroCopySockets";
    public const string ParseStatus = Runtime + ".ParseStatus";
    public const string Bytes = "global::System.Span<byte>";
    public const string ReadOnlyBytes = "global::System.ReadOnlySpan<byte>";
    public const string BinaryPrimitives = "global::System.Buffers.Binary.BinaryPrimitives";
    public const string WireText = Runtime + ".WireText";
    public const string MemoryMarshal = "global::System.Runtime.InteropServices.MemoryMarshal";
    public const string CancellationToken = "global::System.Threading.CancellationToken";
    public const string Unsafe = "global::System.Runtime.CompilerServices.Unsafe";
    public const string BitConverter = "global::System.BitConverter";
    public const string Disposable = "global::System.IDisposable";
    public const string ValueTask = "global::System.Threading.Tasks.ValueTask";

    private const string Tool = "ZeroCopySockets.Generator";

    /// <summary>On every generated member: tools skip them, and the layout analyzer tells them from the user's.</summary>
    public static string GeneratedCode { get; } =
        $"[global::System.CodeDom.Compiler.GeneratedCode(\"{Tool}\", \"{typeof(Names).Assembly.GetName().Version.ToString(3)}\")]";
}
