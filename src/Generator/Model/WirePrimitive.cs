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

    /// <summary>Sixteen bytes: big-endian in the order of RFC 9562, little-endian as the type lies in memory.</summary>
    Guid,

    /// <summary>Ticks in UTC as a <c>long</c>.</summary>
    DateTime,

    /// <summary>Ticks as a <c>long</c>.</summary>
    TimeSpan,

    /// <summary>Magnitude, scale and sign as one integer of 128 bits.</summary>
    Decimal,
}

internal static class WirePrimitives
{
    public static int Size(this WirePrimitive primitive) => primitive switch
    {
        WirePrimitive.Bool or WirePrimitive.Byte or WirePrimitive.SByte => 1,
        WirePrimitive.Int16 or WirePrimitive.UInt16 or WirePrimitive.Char or WirePrimitive.Half => 2,
        WirePrimitive.Int32 or WirePrimitive.UInt32 or WirePrimitive.Single => 4,
        WirePrimitive.Int64 or WirePrimitive.UInt64 or WirePrimitive.Double
            or WirePrimitive.DateTime or WirePrimitive.TimeSpan => 8,
        _ => 16,
    };

    public static bool IsInteger(this WirePrimitive primitive) => primitive
        is WirePrimitive.Byte or WirePrimitive.SByte or WirePrimitive.Int16 or WirePrimitive.UInt16
        or WirePrimitive.Int32 or WirePrimitive.UInt32 or WirePrimitive.Int64 or WirePrimitive.UInt64;

    public static bool IsSigned(this WirePrimitive primitive) => primitive
        is WirePrimitive.SByte or WirePrimitive.Int16 or WirePrimitive.Int32 or WirePrimitive.Int64;

    /// <summary>The lowest and the highest value of an integer.</summary>
    public static (decimal Minimum, decimal Maximum) Range(this WirePrimitive primitive) => primitive switch
    {
        WirePrimitive.Byte => (byte.MinValue, byte.MaxValue),
        WirePrimitive.SByte => (sbyte.MinValue, sbyte.MaxValue),
        WirePrimitive.Int16 => (short.MinValue, short.MaxValue),
        WirePrimitive.UInt16 => (ushort.MinValue, ushort.MaxValue),
        WirePrimitive.Int32 => (int.MinValue, int.MaxValue),
        WirePrimitive.UInt32 => (uint.MinValue, uint.MaxValue),
        WirePrimitive.Int64 => (long.MinValue, long.MaxValue),
        _ => (ulong.MinValue, ulong.MaxValue),
    };

    /// <summary>The largest number an unsigned integer holds, as far as a length can reach it.</summary>
    public static long Largest(this WirePrimitive primitive) => primitive switch
    {
        WirePrimitive.Byte => byte.MaxValue,
        WirePrimitive.UInt16 => ushort.MaxValue,
        WirePrimitive.UInt32 => uint.MaxValue,
        _ => long.MaxValue,
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
        WirePrimitive.Decimal => "decimal",
        _ => $"global::System.{primitive}",
    };
}
