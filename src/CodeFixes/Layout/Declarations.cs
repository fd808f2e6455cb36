using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ZeroCopySockets.CodeFixes.Layout;

/// <summary>Changes to declarations that keep their comments and indentation.</summary>
internal static class Declarations
{
    /// <summary>Adds a modifier unless it is there: <c>partial</c> last, as C# wants it, and others in front of it.</summary>
    public static MemberDeclarationSyntax With(this MemberDeclarationSyntax declaration, SyntaxKind modifier)
    {
        if (declaration.Modifiers.Any(modifier))
        {
            return declaration;
        }

        SyntaxTriviaList leading = default;
        if (declaration.Modifiers.Count == 0)
        {
            // The first token takes the indentation over from what was first before.
            SyntaxToken first = FirstTokenAfterAttributes(declaration);
            leading = first.LeadingTrivia;
            declaration = declaration.ReplaceToken(first, first.WithLeadingTrivia());
        }

        int partial = declaration.Modifiers.IndexOf(SyntaxKind.PartialKeyword);
        SyntaxToken token = SyntaxFactory.Token(leading, modifier, SyntaxFactory.TriviaList(SyntaxFactory.Space));
        int at = modifier == SyntaxKind.PartialKeyword || partial < 0 ? declaration.Modifiers.Count : partial;
        return declaration.WithModifiers(declaration.Modifiers.Insert(at, token));
    }

    public static MemberDeclarationSyntax Without(this MemberDeclarationSyntax declaration, SyntaxKind modifier)
    {
        SyntaxToken token = declaration.Modifiers.First(m => m.IsKind(modifier));
        bool isFirst = declaration.Modifiers[0] == token;
        declaration = declaration.WithModifiers(declaration.Modifiers.Remove(token));
        if (!isFirst)
        {
            return declaration;
        }

        SyntaxToken first = FirstTokenAfterAttributes(declaration);
        return declaration.ReplaceToken(first, first.WithLeadingTrivia(token.LeadingTrivia));
    }

    /// <summary>Takes an attribute away, and its brackets when it is alone in them.</summary>
    public static MemberDeclarationSyntax WithoutAttribute(this MemberDeclarationSyntax declaration, string name)
    {
        AttributeSyntax attribute = declaration.Attribute(name)!;
        var list = (AttributeListSyntax)attribute.Parent!;
        if (list.Attributes.Count > 1)
        {
            return declaration.RemoveNode(attribute, SyntaxRemoveOptions.KeepNoTrivia)!;
        }

        SyntaxTriviaList leading = list.GetLeadingTrivia();
        bool isFirst = declaration.AttributeLists[0] == list;
        declaration = declaration.RemoveNode(list, SyntaxRemoveOptions.KeepNoTrivia)!;
        return isFirst ? declaration.WithLeadingTrivia(leading) : declaration;
    }

    /// <summary>An attribute by its name, however it is qualified; null when there is none.</summary>
    public static AttributeSyntax? Attribute(this MemberDeclarationSyntax declaration, string name) =>
        declaration.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(attribute => SimpleName(attribute.Name) is var found && (found == name || found == name + "Attribute"));

    private static string SimpleName(NameSyntax name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.Text,
        AliasQualifiedNameSyntax aliased => aliased.Name.Identifier.Text,
        SimpleNameSyntax simple => simple.Identifier.Text,
        _ => "",
    };

    /// <summary>A type of the runtime, as code that names this attribute can name it.</summary>
    public static string Beside(AttributeSyntax attribute, string type) =>
        attribute.Name is QualifiedNameSyntax qualified ? $"{qualified.Left}.{type}" : type;

    private static SyntaxToken FirstTokenAfterAttributes(MemberDeclarationSyntax declaration) => declaration.AttributeLists.Count == 0
        ? declaration.GetFirstToken()
        : declaration.AttributeLists[declaration.AttributeLists.Count - 1].GetLastToken().GetNextToken();
}
