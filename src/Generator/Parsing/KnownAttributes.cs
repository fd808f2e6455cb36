using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Reads the runtime's attributes from symbols.</summary>
internal static class KnownAttributes
{
    public const string MessageMetadataName = "ZeroCopySockets.ZeroCopyBufferAttribute";

    public const string SetMetadataName = "ZeroCopySockets.MessageSetAttribute";

    private const string GeneratorToolName = "ZeroCopySockets.Generator";

    public static bool IsMessage(INamedTypeSymbol type) => Find(type, "ZeroCopyBufferAttribute") is not null;

    /// <summary>The nearest statement wins: field, struct, assembly. <c>Unspecified</c> is no statement.</summary>
    public static WireByteOrder ByteOrderOf(ISymbol field)
    {
        WireByteOrder order = OrderIn(Find(field, "ByteOrderAttribute"));
        if (order == WireByteOrder.Unspecified)
        {
            order = OrderIn(Find(field.ContainingType, "ZeroCopyBufferAttribute"));
        }

        return order == WireByteOrder.Unspecified
            ? OrderIn(Find(field.ContainingAssembly, "ByteOrderAttribute"))
            : order;
    }

    public static bool HasOwnByteOrder(ISymbol field) => Find(field, "ByteOrderAttribute") is not null;

    public static int? PadBytesOf(ISymbol field) => FirstArgument(Find(field, "PadAttribute")) as int?;

    public static int? AlignOf(ISymbol symbol) => FirstArgument(Find(symbol, "AlignAttribute")) as int?;

    public static int? LengthOf(IFieldSymbol field) => FirstArgument(Find(field, "LengthAttribute")) as int?;

    public static bool IsOpenEnum(ISymbol field) => Find(field, "OpenEnumAttribute") is not null;

    /// <summary>A bit field in the nearest bit order stated: field, struct. <c>Unspecified</c> is no statement.</summary>
    public static BitsModel? BitsOf(IFieldSymbol field)
    {
        AttributeData? bits = Find(field, "BitsAttribute");
        if (FirstArgument(bits) is not int count)
        {
            return null;
        }

        object? own = bits!.ConstructorArguments.Length > 1 ? bits.ConstructorArguments[1].Value : null;
        object? order = own is 1 or 2 ? own : FirstArgument(Find(field.ContainingType, "BitOrderAttribute"));
        return new BitsModel(count, order is 1 or 2 ? (WireBitOrder)order : WireBitOrder.Unspecified);
    }

    /// <summary>The argument of <c>[Magic]</c> or <c>[Discriminator]</c>; null without them.</summary>
    public static TypedConstant? MagicOf(IFieldSymbol field) =>
        (Find(field, "MagicAttribute") ?? Find(field, "DiscriminatorAttribute")) is { ConstructorArguments.Length: 1 } magic ? magic.ConstructorArguments[0] : null;

    public static bool IsDiscriminator(IFieldSymbol field) => Find(field, "DiscriminatorAttribute") is not null;

    /// <summary>The messages of a <c>[MessageSet]</c>; null for a type that does not exist.</summary>
    public static IEnumerable<INamedTypeSymbol?> MessagesOf(INamedTypeSymbol set) =>
        Find(set, "MessageSetAttribute") is { ConstructorArguments.Length: 1 } attribute && attribute.ConstructorArguments[0] is { Kind: TypedConstantKind.Array, IsNull: false } types
            ? types.Values.Select(v => v.Value as INamedTypeSymbol)
            : [];

    public static bool IsMessageSet(INamedTypeSymbol type) => Find(type, "MessageSetAttribute") is not null;

    public static ChecksumModel? ChecksumOf(IFieldSymbol field)
    {
        AttributeData? checksum = Find(field, "ChecksumAttribute");
        return FirstArgument(checksum) is int algorithm
            ? new ChecksumModel(
                (WireChecksumAlgorithm)algorithm,
                checksum!.ConstructorArguments[1].Value as string,
                checksum.ConstructorArguments[2].Value as string)
            : null;
    }

    /// <summary>The length of an <c>[InlineArray]</c> type; null for any other type.</summary>
    public static int? InlineArrayLengthOf(INamedTypeSymbol type)
    {
        foreach (AttributeData attribute in type.OriginalDefinition.GetAttributes())
        {
            if (attribute.AttributeClass is { Name: "InlineArrayAttribute" } found
                && found.ContainingNamespace.ToDisplayString() == "System.Runtime.CompilerServices")
            {
                return FirstArgument(attribute) as int?;
            }
        }

        return null;
    }

    public static bool HasFlags(INamedTypeSymbol type) =>
        type.GetAttributes().Any(a => a.AttributeClass is { Name: "FlagsAttribute", ContainingNamespace.Name: "System" });

    /// <summary>
    /// Whether this generator wrote the member. The analyzer sees the struct with its generated half, and must not
    /// report that half as colliding with itself.
    /// </summary>
    public static bool IsGenerated(ISymbol member) => member.GetAttributes().Any(a =>
        a.AttributeClass is { Name: "GeneratedCodeAttribute" }
        && FirstArgument(a) is GeneratorToolName);

    public static ClrLayout StructLayoutOf(INamedTypeSymbol type)
    {
        AttributeData? layout = type.GetAttributes().FirstOrDefault(a =>
            a.AttributeClass is { Name: "StructLayoutAttribute" } && a.ApplicationSyntaxReference is { } place && !IsInGeneratedCode(place.SyntaxTree));
        return layout is null ? ClrLayout.Unstated
            : FirstArgument(layout) is (int)LayoutKind.Sequential or (short)LayoutKind.Sequential ? ClrLayout.Sequential
            : ClrLayout.Other;
    }

    public static int SinceOf(ISymbol member) => FirstArgument(Find(member, "SinceAttribute")) as int? ?? 0;

    public static bool HasSince(ISymbol member) => Find(member, "SinceAttribute") is not null;

    /// <summary>An attribute of the runtime's.</summary>
    public static AttributeData? Find(ISymbol symbol, string name)
    {
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is { } found
                && found.Name == name
                && found.ContainingNamespace is { Name: "ZeroCopySockets", ContainingNamespace.IsGlobalNamespace: true })
            {
                return attribute;
            }
        }

        return null;
    }

    /// <summary>A property that the attribute sets; 0 unless it does.</summary>
    public static int Named(AttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value.Value switch
        {
            int number => number,
            char character => character,
            _ => 0,
        };

    /// <summary>Whether this generator wrote the declaration, where an attribute would end up on the user's half too.</summary>
    public static bool IsInGeneratedCode(ISymbol symbol) =>
        symbol.DeclaringSyntaxReferences.Any(place => IsInGeneratedCode(place.SyntaxTree));

    private static bool IsInGeneratedCode(SyntaxTree tree) => tree.FilePath.EndsWith(".ZeroCopy.g.cs", StringComparison.Ordinal);

    private static WireByteOrder OrderIn(AttributeData? attribute) =>
        FirstArgument(attribute) switch
        {
            1 => WireByteOrder.LittleEndian,
            2 => WireByteOrder.BigEndian,
            _ => WireByteOrder.Unspecified,
        };

    public static object? FirstArgument(AttributeData? attribute) =>
        attribute is { ConstructorArguments.Length: > 0 } && attribute.ConstructorArguments[0].Kind != TypedConstantKind.Array
            ? attribute.ConstructorArguments[0].Value
            : null;
}
