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

    public static MessageLayout Plan(MessageModel message)
    {
        var fields = new List<PlannedField>(message.Fields.Count);
        var problems = new List<LayoutProblem>();
        long offset = 0;
        bool fits = true;
        for (int i = 0; i < message.Fields.Count; i++)
        {
            FieldModel field = message.Fields[i];
            if (field.Type.NeedsByteOrder && field.ByteOrder == WireByteOrder.Unspecified)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.NoByteOrder, i));
            }

            if (field.PadBytes is < 1 or > LargestSlotBytes)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.BadPadCount, i));
            }

            long end = offset + field.Type.Size + Math.Max(field.PadBytes ?? 0, 0);
            if (fits && end > LargestSlotBytes)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.TooLarge, i));
                fits = false;
            }

            fields.Add(new PlannedField(field, fits ? (int)offset : 0));
            offset = end;
        }

        return new MessageLayout(message, new(fields), fits ? (int)offset : 0, new(problems));
    }
}
