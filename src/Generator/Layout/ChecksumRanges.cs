using ZeroCopySockets.Generator.Model;

namespace ZeroCopySockets.Generator.Layout;

/// <summary>The bytes a checksum covers.</summary>
/// <param name="Start">The first byte, from the start of the message.</param>
/// <param name="Length">How many there are.</param>
/// <param name="ZeroStart">Where the checksum itself lies in them, from <paramref name="Start"/>.</param>
/// <param name="ZeroLength">Bytes of the checksum itself; 0 when it lies outside.</param>
internal readonly record struct ChecksumRange(int Start, int Length, int ZeroStart, int ZeroLength);

/// <summary>Finds the ranges that checksums name, and what is wrong with them.</summary>
internal static class ChecksumRanges
{
    public static void Judge(MessageModel message, List<LayoutProblem> problems)
    {
        for (int i = 0; i < message.Fields.Count; i++)
        {
            if (message.Fields[i].Checksum is { } checksum && Reject(message.Fields, i, checksum) is { } reason)
            {
                problems.Add(new LayoutProblem(LayoutProblemKind.BadChecksum, i, new([reason])));
            }
        }
    }

    /// <summary>The range of a checksum of a message without problems.</summary>
    public static ChecksumRange Of(MessageLayout layout, PlannedField field)
    {
        (int first, int last) = Ends(layout.Message.Fields, field.Field.Checksum!);
        int start = field.Field.Checksum!.From is null ? 0 : layout.Fields[first].Offset;
        int end = field.Field.Checksum.To is null ? layout.WireSize : layout.Fields[last].End;
        bool isInside = field.Offset >= start && field.End <= end;
        return new ChecksumRange(start, end - start, isInside ? field.Offset - start : 0, isInside ? field.Size : 0);
    }

    private static string? Reject(IReadOnlyList<FieldModel> fields, int index, ChecksumModel checksum)
    {
        (int first, int last) = Ends(fields, checksum);
        if (first < 0 || last < 0)
        {
            return $"the message has no field '{(first < 0 ? checksum.From : checksum.To)}'";
        }

        if (last < first)
        {
            return $"'{checksum.To}' lies before '{checksum.From}'";
        }

        for (int later = index + 1; later <= last; later++)
        {
            if (later >= first && fields[later].Checksum is not null)
            {
                return $"its range covers the checksum '{fields[later].PlainName}', which is filled after it";
            }
        }

        return null;
    }

    private static (int First, int Last) Ends(IReadOnlyList<FieldModel> fields, ChecksumModel checksum) =>
        (checksum.From is null ? 0 : IndexOf(fields, checksum.From), checksum.To is null ? fields.Count - 1 : IndexOf(fields, checksum.To));

    private static int IndexOf(IReadOnlyList<FieldModel> fields, string name)
    {
        for (int i = 0; i < fields.Count; i++)
        {
            if (fields[i].PlainName == name)
            {
                return i;
            }
        }

        return -1;
    }
}
