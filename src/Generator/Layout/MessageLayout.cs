using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <summary>A message with its places on the wire, or with the reasons why it has none.</summary>
internal sealed partial record MessageLayout(
    MessageModel Message,
    EquatableArray<PlannedField> Fields,
    int WireSize,
    EquatableArray<LayoutProblem> Problems);

/// <summary>A field and its place.</summary>
/// <param name="Field">The field.</param>
/// <param name="Offset">Its first byte; of a bit field, the first byte of those it shares.</param>
internal sealed record PlannedField(FieldModel Field, int Offset)
{
    /// <summary>Zero bytes before it, up to its alignment.</summary>
    public int PadBefore { get; init; }

    /// <summary>Which bits of which bytes a bit field takes.</summary>
    public BitPlace? Bits { get; init; }

    /// <summary>Zero bytes after it: what <c>[Pad]</c> says and, after the last field, what aligns the message.</summary>
    public int PadAfter { get; init; }

    /// <summary>Bytes of the field, without its padding; of a bit field, the bytes it shares.</summary>
    public int Size => Bits?.SharedBytes ?? (int)Field.Type.Size;

    /// <summary>The first byte after the field, where its padding starts if it has any.</summary>
    public int End => Offset + Size;
}

/// <summary>The place of a bit field within the bytes it shares with its neighbours, read as one integer.</summary>
/// <param name="SharedBytes">How many bytes they share; 1 to 8.</param>
/// <param name="Shift">Bits below it in that integer.</param>
/// <param name="Count">Bits it takes.</param>
/// <param name="Order">Most significant first reads the bytes as a big-endian integer, the other as a little-endian one.</param>
internal sealed record BitPlace(int SharedBytes, int Shift, int Count, WireBitOrder Order);

/// <summary>Something a message cannot be laid out with.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="MemberIndex">The member it is wrong with: fields are counted first, then sequences.</param>
/// <param name="Details">What the diagnostic says beyond the member's name.</param>
internal sealed record LayoutProblem(LayoutProblemKind Kind, int MemberIndex, EquatableArray<string> Details = default);
