namespace ZeroCopySockets.Generator.Model;

/// <summary>A member that takes as many bytes as it has elements: a tail, or a repeating group.</summary>
/// <param name="Name">The property's name as it must be written in code.</param>
/// <param name="Kind">Which of the two.</param>
/// <param name="Element">One element: a scalar, or a message of fixed size.</param>
/// <param name="Max">The most elements.</param>
/// <param name="MaxEntryBytes">Of a group: the longest entry that is accepted; 0 when it is not stated.</param>
/// <param name="ByteOrder">The nearest statement of byte order.</param>
/// <param name="Access">Accessibility of its generated accessors; null for a private property.</param>
/// <param name="Property">How the user declared it.</param>
internal sealed record SequenceModel(
    string Name,
    SequenceKind Kind,
    FieldType Element,
    int Max,
    int MaxEntryBytes,
    WireByteOrder ByteOrder,
    string? Access,
    PropertyModel Property)
{
    /// <summary>Bytes a group has before its entries: their size and their number.</summary>
    public const int GroupHeaderSize = 4;

    public string PlainName => Name.TrimStart('@');

    public bool IsGroup => Kind == SequenceKind.Group;

    public int ElementSize => (int)Element.Size;

    /// <summary>Bytes in front of the elements.</summary>
    public int HeaderSize => IsGroup ? GroupHeaderSize : 0;

    /// <summary>Plain bytes need no decoding, so they are handed out as a span.</summary>
    public bool IsBytes => Element is ScalarType { Primitive: WirePrimitive.Byte, Enum: null };

    /// <summary>Bytes at the most, as this version of the message writes it.</summary>
    public long MaxSize => HeaderSize + ((long)Max * Element.Size);

    /// <summary>The longest entry that is accepted from a newer sender.</summary>
    public int MaxReceivedEntry => MaxEntryBytes > 0 ? MaxEntryBytes : 2 * ElementSize;

    /// <summary>Bytes at the most, as a newer version may write it.</summary>
    public long MaxReceivedSize => IsGroup ? HeaderSize + ((long)Max * MaxReceivedEntry) : MaxSize;

    public string ElementTypeName => Element switch
    {
        ScalarType scalar => scalar.TypeName,
        NestedType nested => nested.TypeName,
        _ => throw new InvalidOperationException(),
    };
}

/// <summary>The kinds of members whose size is not fixed.</summary>
internal enum SequenceKind
{
    Tail,
    Group,
}
