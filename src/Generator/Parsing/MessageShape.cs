using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ZeroCopySockets.Generator.Layout;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Judges the struct declaration itself: whether another half of it can be written, and socket methods beside it.</summary>
internal static class MessageShape
{
    public static IEnumerable<MessageProblem> Check(INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        for (INamedTypeSymbol? part = type; part is not null; part = part.ContainingType)
        {
            if (!IsPartial(part, cancellationToken))
            {
                yield return new(LayoutProblemKind.NotPartial, type, [type.Name, part.Name]);
            }
        }

        if (IsInGeneric(type))
        {
            yield return new(LayoutProblemKind.Generic, type, [type.Name]);
        }

        if (!IsVisibleInAssembly(type))
        {
            yield return new(LayoutProblemKind.NotAccessible, type, [type.Name]);
        }

        if (type.IsRefLikeType)
        {
            yield return new(LayoutProblemKind.RefStruct, type, [type.Name]);
        }

        if (type.IsReadOnly)
        {
            yield return new(LayoutProblemKind.ReadOnly, type, [$"Message '{type.Name}'"]);
        }

        if (FieldsAreInSeveralParts(type, cancellationToken))
        {
            yield return new(LayoutProblemKind.FieldsInSeveralParts, type, [type.Name]);
        }

        foreach (MessageProblem hidden in HiddenStorage(type, cancellationToken))
        {
            yield return hidden;
        }
    }

    /// <summary>State that is not a declared field: it would silently stay behind when the message travels.</summary>
    private static IEnumerable<MessageProblem> HiddenStorage(INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is IFieldSymbol { IsStatic: false, IsImplicitlyDeclared: true, AssociatedSymbol: { } owner })
            {
                yield return new(LayoutProblemKind.HiddenStorage, owner, [$"Property '{owner.Name}'"]);
            }
            else if (member is IEventSymbol { IsStatic: false, AddMethod.IsImplicitlyDeclared: true })
            {
                yield return new(LayoutProblemKind.HiddenStorage, member, [$"Event '{member.Name}'"]);
            }
        }

        // A record's positional parameters are properties, met above, unless the user declared them as fields.
        bool hasParameters = !type.IsRecord && Declarations(type, cancellationToken).Any(d => d.ParameterList is { Parameters.Count: > 0 });
        if (hasParameters)
        {
            yield return new(LayoutProblemKind.HiddenStorage, type, [$"The primary constructor of '{type.Name}'"]);
        }
    }

    private static bool IsPartial(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        Declarations(type, cancellationToken).All(d => d.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static bool IsInGeneric(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? part = type; part is not null; part = part.ContainingType)
        {
            if (part.Arity > 0)
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsVisibleInAssembly(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? part = type; part is not null; part = part.ContainingType)
        {
            bool visible = part.DeclaredAccessibility
                is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal;
            if (!visible || part.IsFileLocal)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Between parts of a struct, C# gives members no order, so neither could the wire.</summary>
    private static bool FieldsAreInSeveralParts(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        MessageMembers.Of(type)
            .Select(m => m.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken).FirstAncestorOrSelf<TypeDeclarationSyntax>())
            .Distinct()
            .Count() > 1;

    private static IEnumerable<TypeDeclarationSyntax> Declarations(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        type.DeclaringSyntaxReferences.Select(r => r.GetSyntax(cancellationToken)).OfType<TypeDeclarationSyntax>();
}
