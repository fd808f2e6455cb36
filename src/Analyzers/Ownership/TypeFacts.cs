using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership;

/// <summary>What a type means to the ownership rules.</summary>
internal sealed class TypeFacts
{
    public static readonly TypeFacts None = new(isLease: false, isMemory: false, isView: false, isOwner: false, isContainer: false);

    /// <summary>Asked for again and again, and slow to put together.</summary>
    private static readonly ConditionalWeakTable<ISymbol, string> s_names = new();

    private TypeFacts(bool isLease, bool isMemory, bool isView, bool isOwner, bool isContainer)
    {
        IsLease = isLease;
        IsMemory = isMemory;
        IsView = isView;
        IsOwner = isOwner;
        IsContainer = isContainer;
    }

    public bool IsLease { get; }

    /// <summary>Bytes a caller may lend: an array, span, memory or memory owner of byte.</summary>
    public bool IsMemory { get; }

    /// <summary>A type that can only lead to bytes owned elsewhere: a span, a memory, a piece of a gathered send, or any ref struct.</summary>
    public bool IsView { get; }

    /// <summary>An <c>IMemoryOwner</c>, whose disposal gives its memory to somebody else.</summary>
    public bool IsOwner { get; }

    /// <summary>An array or collection, of which only what was put in is followed.</summary>
    public bool IsContainer { get; }

    /// <summary>True when a value of the type names a buffer by itself.</summary>
    public bool NamesBuffer => IsLease || IsMemory;

    public static TypeFacts Of(ITypeSymbol type, KnownSymbols known)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            type = nullable.TypeArguments[0];
        }

        var isByteArray = type is IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte };
        var generic = type as INamedTypeSymbol is { IsGenericType: true, Arity: 1 } named ? named : null;
        var isMemoryType = generic is { IsValueType: true } && NameOf(generic) is
            "System.Span`1" or "System.ReadOnlySpan`1" or "System.Memory`1" or "System.ReadOnlyMemory`1" or "System.ArraySegment`1";

        // Of the definition, which knows its interfaces: those of each construction would be made for the question.
        var isOwner = IsMemoryOwner(type) || (type is not IArrayTypeSymbol && type.OriginalDefinition.AllInterfaces.Any(IsMemoryOwner));
        var isMemory = isByteArray || isOwner
            || (isMemoryType && generic!.TypeArguments[0].SpecialType == SpecialType.System_Byte);
        var isContainer = (type is IArrayTypeSymbol && !isByteArray)
            || (!isMemory && IsUnderCollections(type.ContainingNamespace));
        var isView = isMemoryType || type.IsRefLikeType || IsSequence(type) || IsSequence(type.ContainingType) || KnownSymbols.IsSegment(type);
        return new TypeFacts(known.IsLease(type), isMemory, isView, isOwner, isContainer);
    }

    public static bool IsValueTask(ITypeSymbol? type) =>
        type is { Name: "ValueTask" } && NameOf(type) is "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask`1";

    public static bool IsTask(ITypeSymbol? type) =>
        IsValueTask(type) || (type is { Name: "Task" } && NameOf(type) is "System.Threading.Tasks.Task" or "System.Threading.Tasks.Task`1");

    /// <summary>The full metadata name of a top-level type.</summary>
    public static string NameOf(ITypeSymbol type) => s_names.GetValue(
        type.OriginalDefinition, definition => $"{definition.ContainingNamespace?.ToDisplayString()}.{definition.MetadataName}");

    /// <summary>True for a part of .NET's namespaces.</summary>
    public static bool IsUnderSystem(INamespaceSymbol? space) =>
        space is { IsGlobalNamespace: false } && (IsSystem(space) || IsUnderSystem(space.ContainingNamespace));

    /// <summary>True for the namespaces of .NET's collections.</summary>
    public static bool IsUnderCollections(INamespaceSymbol? space) =>
        space is { IsGlobalNamespace: false } && ((space.Name == "Collections" && IsSystem(space.ContainingNamespace)) || IsUnderCollections(space.ContainingNamespace));

    /// <summary>True for what leads to the bytes of a pipe.</summary>
    public static bool IsSequence(ITypeSymbol? type) =>
        type is { IsValueType: true } && NameOf(type) is "System.Buffers.ReadOnlySequence`1" or "System.IO.Pipelines.ReadResult";

    private static bool IsMemoryOwner(ITypeSymbol type) => type.Name == "IMemoryOwner" && NameOf(type) == "System.Buffers.IMemoryOwner`1";

    private static bool IsSystem(INamespaceSymbol space) => space is { Name: "System", ContainingNamespace.IsGlobalNamespace: true };
}
