using System.Globalization;
using ZeroCopySockets.Generator.Layout;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Draws the layout as a table in ASCII, for the documentation of the struct.</summary>
internal static class LayoutDiagram
{
    public static IReadOnlyList<string> Draw(MessageLayout layout)
    {
        var rows = new List<(int Offset, string Size, string Text)>();
        int nameWidth = layout.Fields.Select(f => f.Field.PlainName).Concat(layout.Message.Sequences.Select(s => s.PlainName)).Max(n => n.Length);
        foreach (PlannedField field in layout.Fields)
        {
            AddPadding(rows, field.Offset - field.PadBefore, field.PadBefore);
            string size = field.Bits is { } bits ? $"{bits.Count} bit" : Number(field.Size);
            rows.Add((field.Offset, size, $"{field.Field.PlainName.PadRight(nameWidth)}  {Docs.TypeLabel(field.Field)}"));
            AddPadding(rows, field.End, field.PadAfter);
        }

        List<string> sequences = [.. layout.Message.Sequences.Select(s => $"{s.PlainName.PadRight(nameWidth)}  {Docs.TypeLabel(s)}")];
        int textWidth = rows.Select(r => r.Text).Concat(sequences).Max(t => t.Length);
        int sizeWidth = Math.Max("bytes".Length, rows.Max(r => r.Size.Length));
        string rule = $"+--------+-{new string('-', sizeWidth)}-+-{new string('-', textWidth)}-+";
        var lines = new List<string> { $"  offset   {"bytes".PadLeft(sizeWidth)}", rule };
        lines.AddRange(rows.Select(r => $"| {Number(r.Offset).PadLeft(6)} | {r.Size.PadLeft(sizeWidth)} | {r.Text.PadRight(textWidth)} |"));
        lines.AddRange(sequences.Select(text => $"|      - | {"-".PadLeft(sizeWidth)} | {text.PadRight(textWidth)} |"));
        lines.Add(rule);
        string most = layout.MinWireSize == layout.MaxWireSize ? "" : $" to {layout.MaxWireSize.ToString(CultureInfo.InvariantCulture)}";
        lines.Add($"{Number(layout.MinWireSize).PadLeft(8)}{most}   in all");
        return lines;
    }

    private static void AddPadding(List<(int Offset, string Size, string Text)> rows, int offset, int bytes)
    {
        if (bytes > 0)
        {
            rows.Add((offset, Number(bytes), "(zero)"));
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
