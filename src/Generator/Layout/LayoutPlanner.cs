using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <summary>
/// Computes where every byte of a message goes: packed, in declaration order. A pure function of the model, shared by
/// the generator and the layout analyzer so that the two cannot disagree.
/// </summary>
internal static class LayoutPlanner
{
    /// <summary>The largest slot of the runtime's buffer pools, in bytes: a message is sent from one slot.</summary>
    public const int LargestSlotBytes = 65_536;

    /// <summary>The largest multiple a field may be aligned to: a page.</summary>
    public const int LargestAlignment = 4_096;

    public static bool IsAlignment(int bytes) => bytes is >= 2 and <= LargestAlignment && (bytes & (bytes - 1)) == 0;

    public static MessageLayout Plan(MessageModel message)
    {
        var fields = new List<PlannedField>(message.Fields.Count);
        var problems = new List<LayoutProblem>();
        IReadOnlyList<BitPlace?> bits = BitPacking.Place(message.Fields, problems);
        long offset = 0;
        bool fits = true;
        for (int i = 0; i < message.Fields.Count; i++)
        {
            FieldModel field = message.Fields[i];
            Judge(field, i, problems);
            long start = AlignUp(offset, field.Align);
            long size = bits[i]?.SharedBytes ?? field.Type.Size;
            bool sharesWithNext = bits[i] is not null && i + 1 < message.Fields.Count && BitPacking.Shares(bits[i], bits[i + 1]);
            long end = start + size + Math.Max(field.PadBytes ?? 0, 0);
            long padded = i == message.Fields.Count - 1 ? AlignUp(end, message.Align) : end;
            if (fits && padded > LargestSlotBytes)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.TooLarge, i));
                fits = false;
            }

            fields.Add(new PlannedField(field, fits ? (int)start : 0)
            {
                Bits = bits[i],
                PadBefore = fits ? (int)(start - offset) : 0,
                PadAfter = fits ? (int)(padded - start - size) : 0,
            });
            offset = sharesWithNext ? start : padded;
        }

        ChecksumRanges.Judge(message, problems);
        var layout = new MessageLayout(message, new(fields), fits ? (int)offset : 0, new(problems));
        return fits ? layout with { Problems = new([.. problems, .. VariableRules.Check(layout)]) } : layout;
    }

    private static void Judge(FieldModel field, int index, List<LayoutProblem> problems)
    {
        if (field.Bits is null && field.Type.NeedsByteOrder && field.ByteOrder == WireByteOrder.Unspecified)
        {
            problems.Add(new LayoutProblem(LayoutProblemKind.NoByteOrder, index));
        }

        if (field.PadBytes is < 1 or > LargestSlotBytes)
        {
            problems.Add(new LayoutProblem(LayoutProblemKind.BadPadCount, index));
        }

        if (field.Align is { } align && !IsAlignment(align))
        {
            problems.Add(new LayoutProblem(LayoutProblemKind.BadAlignment, index));
        }
    }

    private static long AlignUp(long offset, int? multiple) =>
        multiple is { } bytes && IsAlignment(bytes) ? (offset + bytes - 1) & -bytes : offset;
}
