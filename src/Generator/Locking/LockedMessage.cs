using System.Globalization;
using ZeroCopySockets.Generator.Layout;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Locking;

/// <summary>What of a message both ends of a wire must agree on.</summary>
/// <param name="Name">The struct's name in metadata: <c>Namespace.Outer+Message</c>.</param>
/// <param name="WireSize">Bytes of its fixed members.</param>
/// <param name="Fields">Its fields in the order they lie, then its groups and its tail.</param>
internal sealed record LockedMessage(string Name, int WireSize, EquatableArray<LockedField> Fields)
{
    public static LockedMessage Of(MessageLayout layout)
    {
        MessageModel message = layout.Message;
        string name = string.Join("+", [.. message.Containers.Select(c => c.Name), message.Name]);
        string full = message.Namespace.Length == 0 ? name : $"{message.Namespace}.{name}";
        return new LockedMessage(
            full.Replace("@", ""),
            layout.WireSize,
            new([.. layout.Fields.Select(f => LockedField.Of(layout, f)), .. message.Sequences.Select(s => LockedField.Of(layout, s))]));
    }

    /// <summary>Whether a peer can tell that the fixed members have become more.</summary>
    public bool SaysBlockLength => Fields.Any(f => f.Type.Contains(LockedField.BlockLength));
}

/// <summary>One field of a locked message.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Offset">Its first byte; of a group or a tail, where the first of them starts.</param>
/// <param name="Size">Its bytes; of a bit field, those it shares; of a group or a tail, those of one element.</param>
/// <param name="Type">What its bytes mean, in words that do not change when a type is merely renamed.</param>
internal sealed record LockedField(string Name, int Offset, int Size, string Type)
{
    public const string BlockLength = "block-length";

    private const string Group = "group of ";
    private const string Tail = "tail of ";

    /// <summary>A group or a tail, which lies behind all fields, however many there are.</summary>
    public bool IsSequence => Type.StartsWith(Group, StringComparison.Ordinal) || Type.StartsWith(Tail, StringComparison.Ordinal);

    /// <summary>The field without its name: what the other end can tell. How long its entries are, a group says itself.</summary>
    public string OnTheWire => Type.StartsWith(Group, StringComparison.Ordinal)
        ? Type
        : string.Format(CultureInfo.InvariantCulture, IsSequence ? "{0}, {1} bytes each" : "{0}, {1} bytes at offset {2}", Type, Size, Offset);

    public static LockedField Of(MessageLayout layout, PlannedField planned) =>
        new(planned.Field.PlainName, planned.Offset, planned.Size, string.Join(" ", Describe(layout, planned)));

    public static LockedField Of(MessageLayout layout, SequenceModel sequence)
    {
        string kind = sequence.IsGroup ? Group : Tail;
        string order = sequence.IsGroup || sequence.Element.NeedsByteOrder ? " " + NameOf(sequence.ByteOrder) : "";
        return new LockedField(sequence.PlainName, layout.WireSize, sequence.ElementSize, kind + NameOf(sequence.Element) + order);
    }

    private static IEnumerable<string> Describe(MessageLayout layout, PlannedField planned)
    {
        FieldModel field = planned.Field;
        yield return NameOf(field.Type);
        if (planned.Bits is { } bits)
        {
            yield return $"bits {bits.Shift}..{bits.Shift + bits.Count - 1} of {8 * bits.SharedBytes}";
            yield return bits.Order == WireBitOrder.MsbFirst ? "msb-first" : "lsb-first";
        }
        else if (field.Type.NeedsByteOrder)
        {
            yield return NameOf(field.ByteOrder);
        }

        if (field.Magic is { } magic)
        {
            yield return "magic " + (field.Type is ScalarType
                ? magic.Number.ToString(CultureInfo.InvariantCulture)
                : string.Concat(magic.Bytes.Select(b => b.ToString("X2", CultureInfo.InvariantCulture))));
        }

        if (field.Checksum is { } checksum)
        {
            ChecksumRange range = ChecksumRanges.Of(layout, planned);
            string end = checksum.To is null ? "end" : (range.Start + range.Length - 1).ToString(CultureInfo.InvariantCulture);
            yield return $"{checksum.Algorithm} of {range.Start}..{end}";
        }

        if (field.Purpose is { } purpose)
        {
            yield return purpose.Kind switch
            {
                PurposeKind.MessageLength => "message-length",
                PurposeKind.TailLength => "tail-length",
                PurposeKind.TailCount => "tail-count",
                PurposeKind.Payload => "payload-length",
                PurposeKind.BlockLength => BlockLength,
                _ => throw new InvalidOperationException(),
            };
            if (purpose.Adjust != 0)
            {
                yield return $"adjust {purpose.Adjust.ToString(CultureInfo.InvariantCulture)}";
            }
        }
    }

    private static string NameOf(WireByteOrder order) => order == WireByteOrder.BigEndian ? "big-endian" : "little-endian";

    private static string NameOf(FieldType type) => type switch
    {
        ScalarType scalar => scalar.Primitive.TypeName().Replace("global::System.", ""),
        TextType text => $"{(text.IsUtf8 ? "utf-8" : "ascii")} padded {text.Padding}",
        ArrayType array => $"{NameOf(array.Element)}[{array.Length}]",
        NestedType nested => nested.TypeName.Replace("global::", ""),
        _ => throw new InvalidOperationException(),
    };
}
