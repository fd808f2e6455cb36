namespace ZeroCopySockets.Generator.Model;

/// <summary>One field of a message, as text and numbers only.</summary>
/// <param name="Name">The name as it must be written in code, escaped when it is a keyword.</param>
/// <param name="Type">What it holds.</param>
/// <param name="ByteOrder">The nearest statement of byte order: field, struct, assembly.</param>
/// <param name="PadBytes">Zero bytes after it; null without <c>[Pad]</c>.</param>
/// <param name="Access">Accessibility of its generated accessors; null for a private field, which travels but has none.</param>
internal sealed record FieldModel(string Name, FieldType Type, WireByteOrder ByteOrder, int? PadBytes, string? Access)
{
    /// <summary>The multiple at which it starts, from <c>[Align]</c>.</summary>
    public int? Align { get; init; }

    /// <summary>The bits it takes, from <c>[Bits]</c>; null when it takes whole bytes.</summary>
    public BitsModel? Bits { get; init; }

    /// <summary>The one value it may have, from <c>[Magic]</c> or <c>[Discriminator]</c>.</summary>
    public MagicModel? Magic { get; init; }

    /// <summary>Whether that value tells the message from others of a set.</summary>
    public bool IsDiscriminator { get; init; }

    /// <summary>What it is the checksum of, from <c>[Checksum]</c>.</summary>
    public ChecksumModel? Checksum { get; init; }

    /// <summary>Whether generated code fills it in, whatever the user's field holds.</summary>
    public bool IsAutomatic => Magic is not null || Checksum is not null || IsMeasured;

    /// <summary>Whether the encoder measures what it says.</summary>
    public bool IsMeasured => Purpose is not null and not { Kind: PurposeKind.Payload };

    /// <summary>The name without the escape, for messages and documentation.</summary>
    public string PlainName => Name.TrimStart('@');

    /// <summary>The partial property it is declared as, whose storage is generated; null for a field.</summary>
    public PropertyModel? Property { get; init; }

    /// <summary>What it says about the message; null for a value of the user's.</summary>
    public FieldPurpose? Purpose { get; init; }

    /// <summary>The version it was appended in; 0 for what is there from the start.</summary>
    public int Since { get; init; }

    /// <summary>Where the struct keeps the value: the field itself, or what is generated for a property.</summary>
    public string Storage => Property is null ? Name : NameOfStorage(PlainName);

    public static string NameOfStorage(string property) =>
        "_" + char.ToLowerInvariant(property[0]) + property.Substring(1) + "Storage";
}

/// <summary>A bit field.</summary>
/// <param name="Count">Bits on the wire.</param>
/// <param name="Order">The nearest statement of bit order: field, struct.</param>
internal sealed record BitsModel(int Count, WireBitOrder Order);

/// <summary>The value a field always has: a number, or the bytes of an array.</summary>
internal sealed record MagicModel(decimal Number, EquatableArray<byte> Bytes);

/// <summary>A checksum over a range of fields.</summary>
/// <param name="Algorithm">Which one.</param>
/// <param name="From">The first field of the range; null for the first of the message.</param>
/// <param name="To">The last field of the range; null for the last of the message.</param>
internal sealed record ChecksumModel(WireChecksumAlgorithm Algorithm, string? From, string? To);
