using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Recognises the scalar types that can travel.</summary>
internal static class ScalarParser
{
    /// <summary>The type as a scalar; null when it is none.</summary>
    /// <param name="type">The type.</param>
    /// <param name="isOpenEnum">Of an enum: whether values that it does not define are accepted too.</param>
    public static ScalarType? Parse(ITypeSymbol type, bool isOpenEnum) =>
        type is INamedTypeSymbol { TypeKind: TypeKind.Enum } enumType
            ? EnumParser.Parse(enumType, isOpenEnum)
            : PrimitiveOf(type) is { } primitive ? new ScalarType(primitive, null) : null;

    public static WirePrimitive? PrimitiveOf(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Boolean => WirePrimitive.Bool,
        SpecialType.System_Byte => WirePrimitive.Byte,
        SpecialType.System_SByte => WirePrimitive.SByte,
        SpecialType.System_Int16 => WirePrimitive.Int16,
        SpecialType.System_UInt16 => WirePrimitive.UInt16,
        SpecialType.System_Char => WirePrimitive.Char,
        SpecialType.System_Int32 => WirePrimitive.Int32,
        SpecialType.System_UInt32 => WirePrimitive.UInt32,
        SpecialType.System_Single => WirePrimitive.Single,
        SpecialType.System_Int64 => WirePrimitive.Int64,
        SpecialType.System_UInt64 => WirePrimitive.UInt64,
        SpecialType.System_Double => WirePrimitive.Double,
        SpecialType.System_Decimal => WirePrimitive.Decimal,
        SpecialType.System_DateTime => WirePrimitive.DateTime,
        _ when IsInSystem(type) => type.Name switch
        {
            "Half" => WirePrimitive.Half,
            "Int128" => WirePrimitive.Int128,
            "UInt128" => WirePrimitive.UInt128,
            "Guid" => WirePrimitive.Guid,
            "TimeSpan" => WirePrimitive.TimeSpan,
            _ => null,
        },
        _ => null,
    };

    private static bool IsInSystem(ITypeSymbol type) =>
        type is { TypeKind: TypeKind.Struct, ContainingType: null }
        && type.ContainingNamespace is { Name: "System", ContainingNamespace.IsGlobalNamespace: true };
}
