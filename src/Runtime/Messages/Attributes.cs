namespace ZeroCopySockets;

/// <summary>
/// Makes a <c>partial struct</c> a message: the generator computes its wire layout (packed, in declaration
/// order, never the CLR's), and emits encode, decode, view, lease and the typed socket methods.
/// </summary>
/// <param name="byteOrder">Order of every multi-byte field that does not state its own with <see cref="ByteOrderAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Struct, Inherited = false)]
public sealed class ZeroCopyBufferAttribute(ByteOrder byteOrder = ByteOrder.Unspecified) : Attribute
{
    /// <summary>Order of every multi-byte field that does not state its own.</summary>
    public ByteOrder ByteOrder { get; } = byteOrder;
}

/// <summary>States the byte order of one field, or of every message in the assembly. The nearest statement wins: field, struct, assembly.</summary>
/// <param name="byteOrder">The order.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Assembly, Inherited = false)]
public sealed class ByteOrderAttribute(ByteOrder byteOrder) : Attribute
{
    /// <summary>The order.</summary>
    public ByteOrder ByteOrder { get; } = byteOrder;
}

/// <summary>Puts padding after a field. It is written as zero, always, and ignored on receive.</summary>
/// <param name="bytes">Number of padding bytes after the field.</param>
[AttributeUsage(AttributeTargets.Field, Inherited = false)]
public sealed class PadAttribute(int bytes) : Attribute
{
    /// <summary>Number of padding bytes after the field.</summary>
    public int Bytes { get; } = bytes;
}
