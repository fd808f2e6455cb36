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

    /// <summary>A fixed array: what is in it, how often, and how the struct holds it.</summary>
    public readonly record struct FixedArray(ITypeSymbol Element, int Capacity, ArrayStorage Storage);

    /// <summary>The field as a fixed array; null when it is none.</summary>
    public static FixedArray? ParseArray(IFieldSymbol field)
    {
        if (field.IsFixedSizeBuffer)
        {
            return new FixedArray(((IPointerTypeSymbol)field.Type).PointedAtType, field.FixedSize, ArrayStorage.FixedBuffer);
        }

        if (field.Type is not INamedTypeSymbol { TypeKind: TypeKind.Struct } type || KnownAttributes.InlineArrayLengthOf(type) is not { } length)
        {
            return null;
        }

        ITypeSymbol? element = type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => !f.IsStatic)?.Type;
        return element is null ? null : new FixedArray(element, length, ArrayStorage.InlineArray);
    }

    /// <summary>The type of a field that is no array, or of an array's elements.</summary>
    /// <param name="type">The type.</param>
    /// <param name="isOpenEnum">Of an enum: whether values that it does not define are accepted too.</param>
    public static Outcome Parse(ITypeSymbol type, bool isOpenEnum)
    {
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

        if (ScalarParser.Parse(type, isOpenEnum) is { } scalar)
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
        if (KnownAttributes.InlineArrayLengthOf(type) is not null)
        {
            return Outcome.Reject(LayoutProblemKind.UnsupportedType, "an array cannot be the element of an array; put the inner one into a message");
        }

        return IsFromSystem(type)
            ? Outcome.Reject(LayoutProblemKind.UnsupportedType, "its representation belongs to the runtime; send the integers it is made from")
            : default;
    }

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
