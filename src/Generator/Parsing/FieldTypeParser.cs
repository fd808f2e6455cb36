using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Decides what a field's type is on the wire, or why it cannot travel. Nested messages are the caller's.</summary>
internal static class FieldTypeParser
{
    /// <summary>Either a type, or a problem with its explanation, or neither: then it is a struct that may be a message.</summary>
    public readonly record struct Outcome(FieldType? Type, LayoutProblemKind? Problem, string Reason)
    {
        public static implicit operator Outcome(FieldType type) => new(type, null, "");

        public static Outcome Reject(LayoutProblemKind kind, string reason = "") => new(null, kind, reason);
    }

    public static Outcome Parse(IFieldSymbol field)
    {
        ITypeSymbol type = field.Type;
        if (field.IsFixedSizeBuffer)
        {
            ITypeSymbol element = ((IPointerTypeSymbol)type).PointedAtType;
            return ParseArray(element, field.FixedSize, ArrayStorage.FixedBuffer);
        }

        if (type.TypeKind == TypeKind.Error)
        {
            return default;
        }

        if (type is IPointerTypeSymbol or IFunctionPointerTypeSymbol
            || type.SpecialType is SpecialType.System_IntPtr or SpecialType.System_UIntPtr)
        {
            return Outcome.Reject(LayoutProblemKind.PlatformSizedField);
        }

        if (type.IsReferenceType)
        {
            return Outcome.Reject(LayoutProblemKind.ReferenceField);
        }

        if (ScalarParser.Parse(type) is { } scalar)
        {
            return scalar;
        }

        if (type.TypeKind == TypeKind.Enum)
        {
            return Outcome.Reject(LayoutProblemKind.UnsupportedType, "the enum defines no value, so every message would be rejected on receive");
        }

        return type is INamedTypeSymbol named ? ParseStruct(named) : default(Outcome);
    }

    private static Outcome ParseStruct(INamedTypeSymbol type)
    {
        if (KnownAttributes.InlineArrayLengthOf(type) is { } length)
        {
            ITypeSymbol? element = type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => !f.IsStatic)?.Type;
            return ParseArray(element, length, ArrayStorage.InlineArray);
        }

        if (type.SpecialType == SpecialType.System_Decimal)
        {
            return Outcome.Reject(LayoutProblemKind.UnsupportedType, "decimal has no agreed wire format; send a scaled integer");
        }

        return IsFromSystem(type)
            ? Outcome.Reject(LayoutProblemKind.UnsupportedType, "its representation belongs to the runtime; send the integers it is made from")
            : default;
    }

    private static Outcome ParseArray(ITypeSymbol? element, int length, ArrayStorage storage) =>
        element is not null && ScalarParser.Parse(element) is { } scalar
            ? new ArrayType(scalar, length, storage)
            : Outcome.Reject(
                LayoutProblemKind.UnsupportedType,
                "the elements of a fixed array must be integers, floating-point numbers, char, bool or enums");

    private static bool IsFromSystem(INamedTypeSymbol type)
    {
        INamespaceSymbol root = type.ContainingNamespace;
        while (root.ContainingNamespace is { IsGlobalNamespace: false } parent)
        {
            root = parent;
        }

        return root.Name == "System";
    }
}
