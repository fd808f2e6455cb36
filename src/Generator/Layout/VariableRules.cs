using System.Globalization;
using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <summary>Judges what a message says of its own size: capacities, versions, and whether each length fits its field.</summary>
internal static class VariableRules
{
    /// <summary>The most entries and the longest entry that the header of a group can say.</summary>
    private const int LargestInHeader = ushort.MaxValue;

    /// <summary>The largest message that is accepted from a newer sender: a receiver keeps room for two.</summary>
    private const long LargestReceived = 1 << 24;

    public static IEnumerable<LayoutProblem> Check(MessageLayout layout) =>
        [.. CheckFields(layout), .. CheckVersions(layout), .. CheckSequences(layout)];

    private static IEnumerable<LayoutProblem> CheckFields(MessageLayout layout)
    {
        for (int i = 0; i < layout.Fields.Count; i++)
        {
            FieldModel field = layout.Fields[i].Field;
            if (field.Type is TextType { Length: < 1 or > LayoutPlanner.LargestSlotBytes })
            {
                yield return Capacity(i, "Bytes", 1, LayoutPlanner.LargestSlotBytes);
            }

            if (field.Purpose is { } purpose && field.Type is ScalarType scalar)
            {
                foreach (LayoutProblem problem in CheckPurpose(layout, i, purpose, scalar.Primitive))
                {
                    yield return problem;
                }
            }
        }
    }

    private static IEnumerable<LayoutProblem> CheckPurpose(MessageLayout layout, int index, FieldPurpose purpose, WirePrimitive primitive)
    {
        if (layout.Fields.Take(index).Any(f => f.Field.Purpose is { } other && other.Kind == purpose.Kind))
        {
            yield return new(LayoutProblemKind.ConflictingPurposes, index, new(["another field says the same"]));
            yield break;
        }

        bool isAboutTail = purpose.Kind is PurposeKind.TailLength or PurposeKind.TailCount;
        if (isAboutTail && layout.Message.Tail?.PlainName != purpose.Target)
        {
            yield return new(LayoutProblemKind.UnknownTail, index, new([purpose.Target]));
            yield break;
        }

        if (purpose is { Kind: PurposeKind.BlockLength, Max: not 0 } && (purpose.Max < layout.WireSize || purpose.Max > LayoutPlanner.LargestSlotBytes))
        {
            yield return Capacity(index, "Max", layout.WireSize, LayoutPlanner.LargestSlotBytes);
        }

        if (purpose is { Kind: PurposeKind.Payload, Max: < 1 or > (int)LargestReceived })
        {
            yield return Capacity(index, "Max", 1, (int)LargestReceived);
            yield break;
        }

        if (purpose.Kind == PurposeKind.Payload && (layout.Message.Sequences.Count > 0 || layout.MessageLength is not null))
        {
            string reason = layout.MessageLength is null ? "a message with a payload has no group and no tail" : "[LengthOf] would not count the payload; [Payload(Adjust = ...)] can count the header";
            yield return new(LayoutProblemKind.ConflictingPurposes, index, new([reason]));
            yield break;
        }

        (long least, long most) = layout.RangeOf(purpose, received: false);
        if (least < 0 || most > primitive.Largest())
        {
            yield return new(LayoutProblemKind.PurposeTooNarrow, index, new([Text(least), Text(most)]));
        }
    }

    private static IEnumerable<LayoutProblem> CheckVersions(MessageLayout layout)
    {
        int newest = 0;
        for (int i = 0; i < layout.Fields.Count; i++)
        {
            FieldModel field = layout.Fields[i].Field;
            string? reason = field.Since < 0 ? "a version is 1 or more"
                : field.Since < newest ? $"a member before it is of version {Text(newest)}, and members are only ever appended"
                : field.Since > 0 && layout.BlockLength is null ? "without a [BlockLength] field a receiver could not tell whether it is there"
                : field.Since > 0 && (field.IsAutomatic || field.Purpose is not null) ? "what generated code fills in, or finds the end by, must be there from the start"
                : field.Since > 0 && layout.Fields[i].Bits is not null ? "a bit field shares its bytes with its neighbours"
                : null;
            if (reason is not null)
            {
                yield return new(LayoutProblemKind.BadSince, i, new([reason]));
            }

            newest = Math.Max(newest, field.Since);
            bool hasRange = field.Checksum is not null && !layout.Problems.Any(p => p.Kind == LayoutProblemKind.BadChecksum && p.MemberIndex == i);
            if (hasRange && ChecksumRanges.Of(layout, layout.Fields[i]) is var range
                && range.Start + (field.Checksum!.To is null ? 1 : range.Length) > layout.MinReceivedBlock)
            {
                yield return new(LayoutProblemKind.BadChecksum, i, new(["it starts or ends with a member that an older sender does not have"]));
            }
        }
    }

    private static IEnumerable<LayoutProblem> CheckSequences(MessageLayout layout)
    {
        long size = layout.WireSize;
        bool fits = true;
        for (int i = 0; i < layout.Message.Sequences.Count; i++)
        {
            SequenceModel sequence = layout.Message.Sequences[i];
            int index = layout.Fields.Count + i;
            int most = sequence.IsGroup ? LargestInHeader : LayoutPlanner.LargestSlotBytes;
            bool needsOrder = sequence.IsGroup || sequence.Element.NeedsByteOrder;
            if (needsOrder && sequence.ByteOrder == WireByteOrder.Unspecified)
            {
                yield return new(LayoutProblemKind.NoByteOrder, index);
            }

            if (sequence.Max < 1 || sequence.Max > most)
            {
                yield return Capacity(index, "Max", 1, most);
                continue;
            }

            bool acceptsTooMuch = sequence.MaxEntryBytes != 0
                && (sequence.MaxEntryBytes < sequence.ElementSize || sequence.MaxEntryBytes > LargestInHeader || sequence.MaxReceivedSize > LargestReceived);
            if (acceptsTooMuch)
            {
                yield return Capacity(index, "MaxEntryBytes", sequence.ElementSize, (int)Math.Min(LargestInHeader, LargestReceived / sequence.Max));
            }

            size += sequence.MaxSize;
            if (fits && size > LayoutPlanner.LargestSlotBytes)
            {
                yield return new(LayoutProblemKind.TooLarge, index);
                fits = false;
            }
        }
    }

    private static LayoutProblem Capacity(int index, string what, int least, int most) =>
        new(LayoutProblemKind.BadCapacity, index, new([what, Text(least), Text(most)]));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
