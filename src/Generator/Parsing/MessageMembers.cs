using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>The members that travel: instance fields of the user's, and partial properties that carry one of our attributes.</summary>
internal static class MessageMembers
{
    /// <summary>In declaration order. Storage that was generated is the generator's own business.</summary>
    public static IEnumerable<ISymbol> Of(INamedTypeSymbol type) => type.GetMembers().Where(m => m switch
    {
        IFieldSymbol field => field is { IsStatic: false, IsImplicitlyDeclared: false } && !KnownAttributes.IsGenerated(field),
        IPropertySymbol property => PropertyParser.AttributeOf(property) is not null,
        _ => false,
    });

    public static IEnumerable<IFieldSymbol> FieldsOf(INamedTypeSymbol type) => Of(type).OfType<IFieldSymbol>();
}
