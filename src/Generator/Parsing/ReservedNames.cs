using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Finds names of the user's that the generated half of the struct needs for itself.</summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> s_membersOfStruct =
        ["WireSize", "Offsets", "Encode", "TryDecode", "View", "Writer", "Buffer", "Seal"];

    /// <summary>Views and writers have one member per field, beside these and beside what every object has.</summary>
    private static readonly HashSet<string> s_membersOfAccessors =
    [
        "TryParse", "Decode", "_bytes",
        "Equals", "GetHashCode", "ToString", "GetType", "ReferenceEquals", "MemberwiseClone", "Finalize",
    ];

    public static IEnumerable<MessageProblem> Check(INamedTypeSymbol type, IReadOnlyList<FieldModel> fields)
    {
        if (s_membersOfStruct.Contains(type.Name))
        {
            yield return Problem(type, type.Name);
        }

        var arrayAccessors = new HashSet<string>(fields
            .Where(f => f.Type is ArrayType { IsBytes: false })
            .Select(f => NameOfArrayAccessor(f.PlainName)));
        foreach (ISymbol member in type.GetMembers())
        {
            bool isField = member is IFieldSymbol { IsStatic: false };
            bool taken = s_membersOfStruct.Contains(member.Name)
                || (isField && (s_membersOfAccessors.Contains(member.Name) || arrayAccessors.Contains(member.Name)));
            if (taken && !KnownAttributes.IsGenerated(member))
            {
                yield return Problem(member, member.Name);
            }
        }

        string extensions = MessageModel.NameOfExtensions(ContainersOf(type).Select(c => c.Name), type.Name);
        if (type.ContainingNamespace.GetTypeMembers(extensions, 0).Any(t => !KnownAttributes.IsGenerated(t) && IsOurs(t, type)))
        {
            yield return Problem(type, extensions);
        }
    }

    /// <summary>The type through which a view or a writer reaches the elements of an array field.</summary>
    public static string NameOfArrayAccessor(string field) => field + "Array";

    public static IEnumerable<INamedTypeSymbol> ContainersOf(INamedTypeSymbol type)
    {
        var containers = new Stack<INamedTypeSymbol>();
        for (INamedTypeSymbol? outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            containers.Push(outer);
        }

        return containers;
    }

    private static bool IsOurs(INamedTypeSymbol found, INamedTypeSymbol message) =>
        SymbolEqualityComparer.Default.Equals(found.ContainingAssembly, message.ContainingAssembly);

    private static MessageProblem Problem(ISymbol symbol, string name) => new(LayoutProblemKind.ReservedName, symbol, [name]);
}
