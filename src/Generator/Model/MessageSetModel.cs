namespace ZeroCopySockets.Generator.Model;

/// <summary>A closed set of messages, as text and numbers only.</summary>
/// <param name="Namespace">The namespace, escaped; empty for the global one.</param>
/// <param name="Containers">The enclosing types, outermost first.</param>
/// <param name="Name">The struct's name, escaped.</param>
/// <param name="Access">Accessibility of the generated socket methods.</param>
/// <param name="Tag">Where every message has its tag.</param>
/// <param name="Messages">The messages, in the order of the attribute.</param>
internal sealed record MessageSetModel(
    string Namespace,
    EquatableArray<ContainerModel> Containers,
    string Name,
    string Access,
    TagPlace Tag,
    EquatableArray<SetMessage> Messages)
{
    /// <summary>Whether generated code can leave out namespaces, because nothing of the user's captures a name.</summary>
    public bool UsesShortNames { get; init; }

    public string PlainName => Name.TrimStart('@');

    /// <summary>The struct as code in its own namespace names it.</summary>
    public string LocalName => string.Join(".", [.. Containers.Select(c => c.Name), Name]);

    /// <summary>The struct's name with its namespace, without escapes.</summary>
    public string FullName => (Namespace.Length == 0 ? LocalName : Namespace + "." + LocalName).Replace("@", "");

    /// <summary>The static class that holds the socket methods.</summary>
    public string ExtensionsName => MessageModel.NameOfExtensions(Containers.Select(c => c.Name), Name);

    /// <summary>Every message says itself where it ends.</summary>
    public bool IsSelfDelimiting => Messages.All(m => m.IsSelfDelimiting);

    public int MinReceivedSize => Messages.Min(m => m.MinReceivedSize);

    public long MaxReceivedSize => Messages.Max(m => m.MaxReceivedSize);
}

/// <summary>The tag of the messages of a set: the same place and type in all of them.</summary>
/// <param name="Field">The field, in the first message.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Primitive">The integer it is.</param>
/// <param name="ByteOrder">Its byte order; unspecified for a single byte.</param>
internal sealed record TagPlace(string Field, int Offset, WirePrimitive Primitive, WireByteOrder ByteOrder);

/// <summary>One message of a set.</summary>
/// <param name="TypeName">The message, fully qualified.</param>
/// <param name="Name">Its own name, without escape.</param>
/// <param name="Tag">What its tag holds.</param>
/// <param name="FixedSize">The bytes it takes; null when they differ.</param>
/// <param name="MinReceivedSize">Bytes of the smallest that is accepted.</param>
/// <param name="MaxReceivedSize">Bytes of the largest that is accepted.</param>
/// <param name="IsSelfDelimiting">It says itself where it ends.</param>
internal sealed record SetMessage(
    string TypeName, string Name, decimal Tag, int? FixedSize, int MinReceivedSize, long MaxReceivedSize, bool IsSelfDelimiting);
