using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <summary>
/// Packs consecutive bit fields. Where such a run reaches a byte boundary it is cut, so that each piece is one integer of
/// 1 to 8 bytes that can be read and written at once.
/// </summary>
internal static class BitPacking
{
    private const int LargestPieceBits = 64;

    /// <summary>The place of each field; null for one that takes whole bytes.</summary>
    public static IReadOnlyList<BitPlace?> Place(IReadOnlyList<FieldModel> fields, List<LayoutProblem> problems)
    {
        var places = new BitPlace?[fields.Count];
        int first = 0;
        int bits = 0;
        for (int i = 0; i < fields.Count; i++)
        {
            if (fields[i].Bits is not { } field)
            {
                continue;
            }

            if (field.Order == WireBitOrder.Unspecified)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.NoBitOrder, i));
            }

            if (bits == 0)
            {
                first = i;
            }

            bits += field.Count;
            bool isWhole = bits % 8 == 0;
            if (isWhole && bits <= LargestPieceBits)
            {
                Assign(fields, places, first, i, bits / 8);
                bits = 0;
            }
            else if (isWhole || bits > LargestPieceBits)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.BitsNotWhole, i, new([$"end on a byte boundary within {LargestPieceBits} bits"])));
                Assign(fields, places, first, i, 1);
                bits = 0;
            }
            else if (EndsRun(fields, i))
            {
                int missing = 8 - (bits % 8);
                problems.Add(new LayoutProblem(LayoutProblemKind.BitsNotWhole, i, new([$"fill whole bytes: {missing} more bits are needed here"])));
                Assign(fields, places, first, i, (bits + 7) / 8);
                bits = 0;
            }
        }

        return places;
    }

    /// <summary>Whether two neighbours lie in the same bytes: the first of a piece ends the one before it.</summary>
    public static bool Shares(BitPlace? field, BitPlace? next) =>
        field is not null && next is not null && !IsFirst(next);

    /// <summary>Whether a bit field is the first of those that share its bytes.</summary>
    public static bool IsFirst(BitPlace place) => place.Order == WireBitOrder.MsbFirst
        ? place.Shift + place.Count == place.SharedBytes * 8
        : place.Shift == 0;

    private static bool EndsRun(IReadOnlyList<FieldModel> fields, int index)
    {
        FieldModel? next = index + 1 < fields.Count ? fields[index + 1] : null;
        return next?.Bits is null
            || next.Bits.Order != fields[index].Bits!.Order
            || next.Align is not null
            || fields[index].PadBytes is not null;
    }

    private static void Assign(IReadOnlyList<FieldModel> fields, BitPlace?[] places, int first, int last, int bytes)
    {
        int before = 0;
        for (int i = first; i <= last; i++)
        {
            BitsModel field = fields[i].Bits!;
            int shift = field.Order == WireBitOrder.MsbFirst ? (bytes * 8) - before - field.Count : before;
            places[i] = new BitPlace(bytes, shift, field.Count, field.Order);
            before += field.Count;
        }
    }
}
