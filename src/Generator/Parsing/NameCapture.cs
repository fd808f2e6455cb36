using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Emit;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>
/// Finds out whether a name in generated code would mean something of the user's: what a type or namespace around it declares
/// comes before using directives.
/// </summary>
internal static class NameCapture
{
    private static readonly HashSet<string> s_names = new(ShortNames.All.Select(n => n.Name), StringComparer.Ordinal);

    /// <summary>One answer for all messages of a namespace, as long as the compilation lives.</summary>
    private static readonly ConditionalWeakTable<INamespaceSymbol, StrongBox<bool>> s_capturing = new();

    /// <summary>Nothing around the members of the type has one of the names.</summary>
    public static bool IsImpossible(INamedTypeSymbol type, Compilation compilation)
    {
        // The global namespace has no place for using directives that come before the user's global ones.
        if (type.ContainingNamespace.IsGlobalNamespace || compilation.GetCompilationNamespace(type.ContainingNamespace) is not { } ns)
        {
            return false;
        }

        for (INamedTypeSymbol? around = type; around is not null; around = around.ContainingType)
        {
            bool inheritsFromSeveral = around.TypeKind == TypeKind.Interface && !around.Interfaces.IsEmpty;
            if (inheritsFromSeveral || HasName(around))
            {
                return false;
            }
        }

        return !s_capturing.GetValue(ns, static ns => new StrongBox<bool>(Captures(ns))).Value;
    }

    private static bool HasName(INamedTypeSymbol around)
    {
        for (INamedTypeSymbol? type = around; type is not null; type = type.BaseType)
        {
            if (type.MemberNames.Any(s_names.Contains) || type.GetTypeMembers().Any(t => s_names.Contains(t.Name)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Captures(INamespaceSymbol ns)
    {
        for (INamespaceSymbol around = ns; !around.IsGlobalNamespace; around = around.ContainingNamespace)
        {
            string name = around.ToDisplayString();
            if (ShortNames.All.Any(known => known.Namespace != name && around.GetMembers(known.Name).Any()))
            {
                return true;
            }
        }

        return false;
    }
}
