using ScottPlot;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Charting;

/// <summary>Ratios with their intervals as bars, a chart for each kind of work and each reference, from what a run wrote as JSON.</summary>
internal static class Charts
{
    private const int Width = 1000;
    private const int HeightOfBar = 24;
    private const int HeightOfRest = 170;
    private static readonly Color[] s_ours = [.. new[] { "#1f5fa8", "#6fa8dc", "#2a9d8f", "#93d1c6" }.Select(Color.FromHex)];
    private static readonly Color[] s_others = [.. new[] { "#8a8a8a", "#c4c4c4", "#d6a15b" }.Select(Color.FromHex)];

    public static async Task<int> DrawAsync(FileInfo json, DirectoryInfo folder)
    {
        ReportDocument document = await Report.ReadJsonAsync(json);
        folder.Create();
        int drawn = 0;
        foreach (IGrouping<string, WorkDocument> kind in document.Works.GroupBy(work => KindOf(work.Name)))
        {
            foreach (string reference in kind.SelectMany(work => work.Contestants).SelectMany(one => one.Ratios.Keys).Distinct())
            {
                if (Draw(document, [.. kind], reference) is not var (plot, height))
                {
                    continue;
                }

                string file = Path.Combine(folder.FullName, FileName($"{Path.GetFileNameWithoutExtension(json.Name)}-{kind.Key}-to-{reference}"));
                plot.SavePng($"{file}.png", Width, height);
                plot.SaveSvg($"{file}.svg", Width, height);
                Console.WriteLine($"{file}.png, .svg");
                drawn++;
            }
        }

        return drawn > 0 ? 0 : 1;
    }

    /// <summary>Null where nothing is compared with the reference.</summary>
    private static (Plot Plot, int Height)? Draw(ReportDocument document, WorkDocument[] works, string reference)
    {
        (string Name, bool IsOurs)[] contestants =
            [.. works.SelectMany(work => work.Contestants).Where(one => one.Ratios.ContainsKey(reference)).Select(one => (one.Name, one.IsOurs)).Distinct().OrderByDescending(one => one.IsOurs)];
        var series = contestants.ToDictionary(one => one.Name, _ => new List<Bar>());
        Dictionary<string, Color> colors = Colored(contestants.Where(one => one.IsOurs), s_ours).Concat(Colored(contestants.Where(one => !one.IsOurs), s_others)).ToDictionary();
        var ticks = new List<(double Position, string Work)>();
        var intervals = new List<(double Position, Interval Ratio)>();
        double position = 0;
        foreach (WorkDocument work in works)
        {
            double first = position;
            foreach (ContestantDocument one in work.Contestants)
            {
                if (one.Ratios.GetValueOrDefault(reference) is { } ratio)
                {
                    series[one.Name].Add(new Bar
                    {
                        Position = position,
                        Value = ratio.Median,
                        FillColor = colors[one.Name],
                        LineWidth = 0,
                        Orientation = Orientation.Horizontal,
                    });
                    intervals.Add((position--, ratio));
                }
            }

            if (position < first)
            {
                ticks.Add(((first + position + 1) / 2, work.Name));
                position--;
            }
        }

        if (intervals.Count == 0)
        {
            return null;
        }

        var plot = new Plot();
        foreach ((string name, List<Bar> bars) in series.Where(one => one.Value.Count > 0))
        {
            plot.Add.Bars(bars).LegendText = name;
        }

        foreach ((double at, Interval ratio) in intervals)
        {
            plot.Add.Line(ratio.Low, at, ratio.High, at).Color = Colors.Black;
            ScottPlot.Plottables.Text label = plot.Add.Text($"{ratio.Median:0.00}x", ratio.High, at);
            label.Alignment = Alignment.MiddleLeft;
            label.OffsetX = 6;
        }

        plot.Add.VerticalLine(1, 1, Colors.Black, LinePattern.Dashed);
        plot.Axes.Left.SetTicks([.. ticks.Select(tick => tick.Position)], [.. ticks.Select(tick => tick.Work)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.SetLimits(0, intervals.Max(one => one.Ratio.High) * 1.12, position + 0.5, 1);
        plot.HideGrid();
        plot.Title($"Speed in terms of {reference} (median, 95% interval)", 16);
        plot.XLabel($"{document.Processor}, {document.Kernel}, {document.Date}\n{document.Command}", 12);
        plot.ShowLegend(Edge.Bottom).Legend.Orientation = Orientation.Horizontal;
        return (plot, HeightOfRest + (int)(HeightOfBar * (1 - position)));
    }

    private static IEnumerable<KeyValuePair<string, Color>> Colored(IEnumerable<(string Name, bool IsOurs)> contestants, Color[] colors) =>
        contestants.Select((one, i) => KeyValuePair.Create(one.Name, colors[i % colors.Length]));

    /// <summary>The first word of a work's name, and how it goes on where that makes another scale.</summary>
    private static string KindOf(string work) => work.Contains("each awaited", StringComparison.Ordinal) ? $"{work.Split(' ')[0]}-awaited" : work.Split(' ')[0];

    private static string FileName(string name) => string.Concat(name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-' ? letter : '-')).Replace("--", "-", StringComparison.Ordinal);
}
