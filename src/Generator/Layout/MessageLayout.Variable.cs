using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <content>How much a message takes whose size is not the same for all.</content>
internal sealed partial record MessageLayout
{
    /// <summary>Every message takes <see cref="WireSize"/> bytes, whoever sends it.</summary>
    public bool IsFixedSize => Message.IsFixedSize;

    /// <summary>The field that says how long the block before groups and tail is.</summary>
    public PlannedField? BlockLength => WithPurpose(PurposeKind.BlockLength);

    /// <summary>The field that says how long the whole message is.</summary>
    public PlannedField? MessageLength => WithPurpose(PurposeKind.MessageLength);

    /// <summary>The field that says how long the payload behind the message is.</summary>
    public PlannedField? Payload => WithPurpose(PurposeKind.Payload);

    /// <summary>The message says itself where it ends.</summary>
    public bool IsSelfDelimiting =>
        Message.Tail is null || MessageLength is not null || WithPurpose(PurposeKind.TailCount) is not null || WithPurpose(PurposeKind.TailLength) is not null;

    /// <summary>Bytes the smallest message takes.</summary>
    public int MinWireSize => WireSize + Message.Sequences.Sum(s => s.HeaderSize);

    /// <summary>Bytes the largest message takes.</summary>
    public long MaxWireSize => WireSize + Message.Sequences.Sum(s => s.MaxSize);

    /// <summary>Bytes of the shortest block an older sender writes: members without a version are always there.</summary>
    public int MinReceivedBlock => Fields.FirstOrDefault(f => f.Field.Since > 0) is { } later ? later.Offset - later.PadBefore : WireSize;

    /// <summary>Bytes of the longest block that is accepted from a newer sender.</summary>
    public int MaxReceivedBlock => BlockLength?.Field.Purpose is not { } purpose ? WireSize : purpose.Max > 0 ? purpose.Max : 2 * WireSize;

    /// <summary>Bytes of the smallest message that is accepted.</summary>
    public int MinReceivedSize => MinWireSize - WireSize + (BlockLength is null ? WireSize : MinReceivedBlock);

    /// <summary>Bytes of the largest message that is accepted.</summary>
    public long MaxReceivedSize => MaxReceivedBlock + Message.Sequences.Sum(s => s.MaxReceivedSize) + (Payload?.Field.Purpose!.Max ?? 0);

    public PlannedField? WithPurpose(PurposeKind kind) => Fields.FirstOrDefault(f => f.Field.Purpose?.Kind == kind);

    /// <summary>The numbers a field with a purpose may hold on the wire, before its adjustment is taken off.</summary>
    /// <param name="purpose">The purpose.</param>
    /// <param name="received">As a receiver accepts them; otherwise as an encoder writes them.</param>
    public (long Least, long Most) RangeOf(FieldPurpose purpose, bool received)
    {
        (long least, long most) = purpose.Kind switch
        {
            PurposeKind.MessageLength when received => (MinReceivedSize, MaxReceivedSize),
            PurposeKind.MessageLength => (MinWireSize, MaxWireSize),
            PurposeKind.BlockLength when received => (MinReceivedBlock, MaxReceivedBlock),
            PurposeKind.BlockLength => (WireSize, WireSize),
            PurposeKind.Payload => (0, purpose.Max),
            PurposeKind.TailCount => (0, Message.Tail?.Max ?? 0),
            _ => (0, Message.Tail?.MaxSize ?? 0),
        };
        return (least - purpose.Adjust, most - purpose.Adjust);
    }
}
