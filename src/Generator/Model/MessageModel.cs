namespace ZeroCopySockets.Generator.Model;

/// <summary>
/// Everything the planner and the emitters need to know about a message. It holds no symbol, syntax or location: those
/// change with every keystroke and keep old compilations alive.
/// </summary>
/// <param name="Namespace">The namespace, escaped; empty for the global one.</param>
/// <param name="Containers">The enclosing types, outermost first.</param>
/// <param name="Keyword"><c>struct</c> or <c>record struct</c>.</param>
/// <param name="Name">The struct's name, escaped.</param>
/// <param name="Access">Accessibility of the generated socket methods: as visible as the struct itself.</param>
/// <param name="Fields">The instance fields in declaration order.</param>
internal sealed record MessageModel(
    string Namespace,
    EquatableArray<ContainerModel> Containers,
    string Keyword,
    string Name,
    string Access,
    EquatableArray<FieldModel> Fields)
{
    /// <summary>The multiple up to which the message is padded at its end, from <c>[Align]</c> on the struct.</summary>
    public int? Align { get; init; }

    /// <summary>Whether generated code fills in fields of it, or of messages nested in it.</summary>
    public bool HasSeal => Fields.Any(f => f.Magic is not null || f.Checksum is not null || (f.IsMeasured && IsFixedSize)
        || f.Type is NestedType { HasSeal: true } or ArrayType { Element: NestedType { HasSeal: true } })
        || Sequences.Any(s => s.Element is NestedType { HasSeal: true });

    /// <summary>The members of variable size, in declaration order: groups, then at most one tail.</summary>
    public EquatableArray<SequenceModel> Sequences { get; init; }

    /// <summary>What the user stated of how the CLR lays the struct out.</summary>
    public ClrLayout StructLayout { get; init; }

    /// <summary>Whether generated code can leave out namespaces, because nothing of the user's captures a name.</summary>
    public bool UsesShortNames { get; init; }

    /// <summary>Whether the generated half adds storage to the struct.</summary>
    public bool AddsStorage => Sequences.Count > 0 || Fields.Any(f => f.Property is not null);

    /// <summary>Every message takes the same number of bytes, whoever sends it.</summary>
    public bool IsFixedSize => Sequences.Count == 0 && !Fields.Any(f => f.Purpose is { Kind: PurposeKind.BlockLength or PurposeKind.Payload });

    /// <summary>The tail, if there is one.</summary>
    public SequenceModel? Tail => Sequences.FirstOrDefault(s => !s.IsGroup);

    /// <summary>The struct's name without the escape.</summary>
    public string PlainName => Name.TrimStart('@');

    /// <summary>The struct as code in its own namespace names it.</summary>
    public string LocalName => string.Join(".", [.. Containers.Select(c => c.Name), Name]);

    /// <summary>The struct's name with its namespace, without escapes.</summary>
    public string FullName => (Namespace.Length == 0 ? LocalName : Namespace + "." + LocalName).Replace("@", "");

    /// <summary>The static class that holds the socket methods.</summary>
    public string ExtensionsName => NameOfExtensions(Containers.Select(c => c.Name), Name);

    /// <summary>
    /// The parts joined by underscores. One that was there before gets a zero behind it, which no part starts with, so that
    /// the nested <c>Outer.Tick</c> and an <c>Outer_Tick</c> have classes of different names.
    /// </summary>
    public static string NameOfExtensions(IEnumerable<string> containers, string name) =>
        string.Join("_", containers.Append(name).Select(part => part.TrimStart('@').Replace("_", "_0"))) + "ZeroCopyExtensions";
}

/// <summary>How the CLR lays a struct out.</summary>
internal enum ClrLayout
{
    /// <summary>Nothing is stated, which means sequential. Storage may be added without a warning about its order.</summary>
    Unstated,

    /// <summary>In the order of the declaration, with stated packing or size.</summary>
    Sequential,

    /// <summary>As the CLR or the user likes.</summary>
    Other,
}

/// <summary>A type around the message.</summary>
/// <param name="Keyword">For instance <c>class</c> or <c>record struct</c>.</param>
/// <param name="Name">Its name, escaped.</param>
internal sealed record ContainerModel(string Keyword, string Name);
