using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Reads partial properties that travel: <c>[Text]</c>, <c>[Tail]</c> and <c>[Group]</c>.</summary>
internal static class PropertyParser
{
    private const int LargestPadding = 127;

    private static readonly string[] s_attributes = ["TextAttribute", "TailAttribute", "GroupAttribute"];

    private static readonly SymbolDisplayFormat s_typeFormat = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>The attribute that makes a property travel; null for any other property.</summary>
    public static AttributeData? AttributeOf(IPropertySymbol property) =>
        s_attributes.Select(name => KnownAttributes.Find(property, name)).FirstOrDefault(a => a is not null);

    public static bool IsText(AttributeData attribute) => attribute.AttributeClass!.Name == "TextAttribute";

    public static bool IsGroup(AttributeData attribute) => attribute.AttributeClass!.Name == "GroupAttribute";

    public static string NameOf(AttributeData attribute) => attribute.AttributeClass!.Name.Replace("Attribute", "");

    /// <summary>How the property is declared; null unless its implementation can be generated.</summary>
    public static PropertyModel? ShapeOf(IPropertySymbol property, CancellationToken cancellationToken)
    {
        bool isPartial = property.IsPartialDefinition
            && (property.PartialImplementationPart is not { } other || KnownAttributes.IsInGeneratedCode(other));
        if (!isPartial || property.IsStatic || property.ReturnsByRef || property.ReturnsByRefReadonly
            || property is not { GetMethod: { }, SetMethod: { IsInitOnly: false, IsReadOnly: false } }
            || property.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) is not PropertyDeclarationSyntax { AccessorList: { } accessors } syntax)
        {
            return null;
        }

        return new PropertyModel(
            property.Type.ToDisplayString(s_typeFormat),
            syntax.Modifiers.ToString(),
            ModifiersOf(accessors, SyntaxKind.GetAccessorDeclaration),
            ModifiersOf(accessors, SyntaxKind.SetAccessorDeclaration));
    }

    /// <summary>The text type of a <c>[Text]</c> property, or what is wrong with it.</summary>
    public static (TextType? Type, string? Problem) TextOf(IPropertySymbol property, AttributeData attribute)
    {
        if (property.Type.SpecialType != SpecialType.System_String)
        {
            return (null, "[Text] is a string");
        }

        int padding = KnownAttributes.Named(attribute, "Padding");
        if (padding > LargestPadding)
        {
            return (null, "text is padded with one ASCII character");
        }

        bool isUtf8 = attribute.ConstructorArguments is { Length: 2 } arguments && arguments[1].Value is 1;
        return (new TextType(KnownAttributes.FirstArgument(attribute) as int? ?? 0, isUtf8, (byte)padding), null);
    }

    /// <summary>The T of a property of type <c>ReadOnlySpan&lt;T&gt;</c>; null for any other type.</summary>
    public static ITypeSymbol? ElementOf(IPropertySymbol property) =>
        property.Type is INamedTypeSymbol { Name: "ReadOnlySpan", TypeArguments.Length: 1 } span
        && span.ContainingNamespace is { Name: "System", ContainingNamespace.IsGlobalNamespace: true }
            ? span.TypeArguments[0]
            : null;

    private static string ModifiersOf(AccessorListSyntax accessors, SyntaxKind kind)
    {
        string modifiers = accessors.Accessors.First(a => a.IsKind(kind)).Modifiers.ToString();
        return modifiers.Length == 0 ? "" : modifiers + " ";
    }
}
