using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <summary>A message with its places on the wire, or with the reasons why it has none.</summary>
internal sealed record MessageLayout(
    MessageModel Message,
    EquatableArray<PlannedField> Fields,
    int WireSize,
    EquatableArray<LayoutProblem> Problems);

/// <summary>A field and its place.</summary>
internal sealed record PlannedField(FieldModel Field, int Offset)
{
    /// <summary>Bytes of the field, without its padding.</summary>
    public int Size => (int)Field.Type.Size;

    /// <summary>The first byte after the field, where its padding starts if it has any.</summary>
    public int End => Offset + Size;
}

/// <summary>Something a message cannot be laid out with.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="FieldIndex">The field it is wrong with.</param>
internal sealed record LayoutProblem(LayoutProblemKind Kind, int FieldIndex);
