namespace ZeroCopySockets.Generator.Model;

/// <summary>One field of a message, as text and numbers only.</summary>
/// <param name="Name">The name as it must be written in code, escaped when it is a keyword.</param>
/// <param name="Type">What it holds.</param>
/// <param name="ByteOrder">The nearest statement of byte order: field, struct, assembly.</param>
/// <param name="PadBytes">Zero bytes after it; null without <c>[Pad]</c>.</param>
/// <param name="Access">Accessibility of its generated accessors; null for a private field, which travels but has none.</param>
internal sealed record FieldModel(string Name, FieldType Type, WireByteOrder ByteOrder, int? PadBytes, string? Access)
{
    /// <summary>The name without the escape, for messages and documentation.</summary>
    public string PlainName => Name.TrimStart('@');
}
