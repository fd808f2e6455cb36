using System.Globalization;
using ZeroCopySockets.Generator.Layout;

namespace ZeroCopySockets.Generator.Emit;

/// <summary>Draws the layout as a table in ASCII, for the documentation of the struct.</summary>
internal static class LayoutDiagram
{
    public static IReadOnlyList<string> Draw(MessageLayout layout)
    {
        var rows = new List<(int Offset, int Size, string Text)>();
        int nameWidth = layout.Fields.Max(f => f.Field.PlainName.Length);
        foreach (PlannedField field in layout.Fields)
        {
            rows.Add((field.Offset, field.Size, $"{field.Field.PlainName.PadRight(nameWidth)}  {Docs.TypeLabel(field.Field)}"));
            if (field.Field.PadBytes is { } pad)
            {
                rows.Add((field.End, pad, "(zero)"));
            }
        }

        int textWidth = rows.Max(r => r.Text.Length);
        string rule = $"+--------+-------+-{new string('-', textWidth)}-+";
        var lines = new List<string> { "  offset   bytes", rule };
        lines.AddRange(rows.Select(r => $"| {Number(r.Offset, 6)} | {Number(r.Size, 5)} | {r.Text.PadRight(textWidth)} |"));
        lines.Add(rule);
        lines.Add($"{Number(layout.WireSize, 8)}   in all");
        return lines;
    }

    private static string Number(int value, int width) => value.ToString(CultureInfo.InvariantCulture).PadLeft(width);
}
