namespace ZeroCopySockets.Generator.Model;

/// <summary>The scalars that can travel: each has one size on every platform and one meaning for its bytes.</summary>
internal enum WirePrimitive
{
    Bool,
    Byte,
    SByte,
    Int16,
    UInt16,
    Char,
    Half,
    Int32,
    UInt32,
    Single,
    Int64,
    UInt64,
    Double,
    Int128,
    UInt128,
}

internal static class WirePrimitives
{
    public static int Size(this WirePrimitive primitive) => primitive switch
    {
        WirePrimitive.Bool or WirePrimitive.Byte or WirePrimitive.SByte => 1,
        WirePrimitive.Int16 or WirePrimitive.UInt16 or WirePrimitive.Char or WirePrimitive.Half => 2,
        WirePrimitive.Int32 or WirePrimitive.UInt32 or WirePrimitive.Single => 4,
        WirePrimitive.Int64 or WirePrimitive.UInt64 or WirePrimitive.Double => 8,
        _ => 16,
    };

    /// <summary>The type as a C# programmer writes it, fully qualified where it has no keyword.</summary>
    public static string TypeName(this WirePrimitive primitive) => primitive switch
    {
        WirePrimitive.Bool => "bool",
        WirePrimitive.Byte => "byte",
        WirePrimitive.SByte => "sbyte",
        WirePrimitive.Int16 => "short",
        WirePrimitive.UInt16 => "ushort",
        WirePrimitive.Char => "char",
        WirePrimitive.Int32 => "int",
        WirePrimitive.UInt32 => "uint",
        WirePrimitive.Single => "float",
        WirePrimitive.Int64 => "long",
        WirePrimitive.UInt64 => "ulong",
        WirePrimitive.Double => "double",
        _ => $"global::System.{primitive}",
    };
}
