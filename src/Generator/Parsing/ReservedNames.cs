using Microsoft.CodeAnalysis;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Parsing;

/// <summary>Finds names of the user's that the generated half of the struct needs for itself.</summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> s_membersOfStruct =
        ["WireSize", "Offsets", "Encode", "TryDecode", "View", "Writer", "Buffer", "Seal"];

    /// <summary>Beside those, what a message of variable size needs.</summary>
    private static readonly HashSet<string> s_membersOfVariableStruct = ["MinWireSize", "MaxWireSize", "BlockSize", "SizeOf", "WriteFrame"];

    /// <summary>Views and writers have one member per field, beside these and beside what every object has.</summary>
    private static readonly HashSet<string> s_membersOfAccessors =
    [
        "TryParse", "TryFrame", "OrZero", "Decode", "_bytes", "s_zeros",
        "Equals", "GetHashCode", "ToString", "GetType", "ReferenceEquals", "MemberwiseClone", "Finalize",
    ];

    public static IEnumerable<MessageProblem> Check(INamedTypeSymbol type, IReadOnlyList<FieldModel> fields, IReadOnlyList<SequenceModel> sequences)
    {
        bool hasPayload = fields.Any(f => f.Purpose is { Kind: PurposeKind.Payload });
        bool isVariable = hasPayload || sequences.Count > 0 || fields.Any(f => f.Purpose is { Kind: PurposeKind.BlockLength });
        var storage = new HashSet<string>(fields.Where(f => f.Property is not null).Select(f => f.PlainName)
            .Concat(sequences.Select(s => s.PlainName))
            .SelectMany(name => new[] { FieldModel.NameOfStorage(name), NameOfStorageType(name), NameOfCount(name) }));
        if (s_membersOfStruct.Contains(type.Name))
        {
            yield return Problem(type, type.Name);
        }

        var arrayAccessors = new HashSet<string>(fields
            .Where(f => f.Type is ArrayType { IsBytes: false })
            .Select(f => NameOfArrayAccessor(f.PlainName))
            .Concat(fields.Where(f => f.Type is TextType).Select(f => NameOfTextBytes(f.PlainName)))
            .Concat(sequences.Where(s => !s.IsBytes).Select(s => NameOfSequenceAccessor(s.PlainName))));
        foreach (ISymbol member in type.GetMembers())
        {
            bool isField = member is IFieldSymbol { IsStatic: false }
                || (member is IPropertySymbol property && PropertyParser.AttributeOf(property) is not null);
            bool taken = s_membersOfStruct.Contains(member.Name)
                || storage.Contains(member.Name)
                || (isVariable && s_membersOfVariableStruct.Contains(member.Name))
                || (hasPayload && isField && member.Name == "Payload")
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

    /// <summary>The type through which a view or a writer reaches the elements of a group or a tail.</summary>
    public static string NameOfSequenceAccessor(string property) => property + "List";

    /// <summary>The bytes of a text, beside the string.</summary>
    public static string NameOfTextBytes(string property) => property + "Bytes";

    /// <summary>The type of a property's storage.</summary>
    public static string NameOfStorageType(string property) => property + "Storage";

    /// <summary>The number of elements in a property's storage.</summary>
    public static string NameOfCount(string property) => "_" + char.ToLowerInvariant(property[0]) + property.Substring(1) + "Count";

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
