using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Analyzers.Layout;

namespace ZeroCopySockets.CodeFixes.Layout;

/// <summary>States the byte order or the bit order of a message. Which one it is only the user knows, so both are offered.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(OrderFix))]
[Shared]
public sealed class OrderFix : LayoutFix
{
    private const string Message = "ZeroCopyBuffer";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [LayoutRules.NoByteOrder.Id, LayoutRules.NoBitOrder.Id];

    private protected override IEnumerable<Edit> EditsFor(Diagnostic diagnostic, SyntaxNode node)
    {
        // Where the attribute is on another part of the struct, no fix of this document can state it there.
        if (node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type || type.Attribute(Message) is not { } attribute)
        {
            return [];
        }

        return diagnostic.Id == LayoutRules.NoByteOrder.Id
            ? [ByteOrder("BigEndian", "big-endian (network order)"), ByteOrder("LittleEndian", "little-endian")]
            : [BitOrder("MsbFirst", "most significant bits first"), BitOrder("LsbFirst", "least significant bits first")];

        Edit ByteOrder(string order, string words) => new(
            $"Make '{type.Identifier.Text}' {words}", order, [attribute], rewritten => WithOrder((AttributeSyntax)rewritten, order));

        Edit BitOrder(string order, string words) => new(
            $"Lay out bits of '{type.Identifier.Text}' {words}", order, [attribute.Parent!], rewritten => WithBitOrder((AttributeListSyntax)rewritten, order));
    }

    private static AttributeSyntax WithOrder(AttributeSyntax attribute, string order) => attribute.WithArgumentList(
        SyntaxFactory.AttributeArgumentList(SyntaxFactory.SingletonSeparatedList(
            SyntaxFactory.AttributeArgument(SyntaxFactory.ParseExpression($"{Declarations.Beside(attribute, "ByteOrder")}.{order}")))));

    private static AttributeListSyntax WithBitOrder(AttributeListSyntax list, string order)
    {
        string enumeration = Declarations.Beside(list.Attributes[0], "BitOrder");
        AttributeSyntax attribute = SyntaxFactory.Attribute(
            SyntaxFactory.ParseName(enumeration),
            SyntaxFactory.ParseAttributeArgumentList($"({enumeration}.{order})"));
        return list.WithAttributes(SyntaxFactory.SeparatedList(
            list.Attributes.Add(attribute),
            Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), list.Attributes.Count)));
    }
}
