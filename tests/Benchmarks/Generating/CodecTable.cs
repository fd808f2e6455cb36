using System.Globalization;
using System.Text;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace ZeroCopySockets.Benchmarks.Generating;

/// <summary>
/// The table of the codec benchmark, in markdown: each way against the one by hand of its category, measured next to it in the
/// same pass. The median of the passes counts; the lowest and the highest are the spread.
/// </summary>
internal static class CodecTable
{
    public static string Of(IReadOnlyList<Summary> passes)
    {
        var table = new StringBuilder("| message of 36 bytes | way | ns | of by hand | spread |\n|---|---|---:|---:|---:|\n");
        foreach (IGrouping<string, BenchmarkCase> category in passes[0].BenchmarksCases.GroupBy(CategoryOf))
        {
            string byHand = category.Single(way => way.Descriptor.Baseline).Descriptor.WorkloadMethod.Name;
            foreach (string way in category.Select(way => way.Descriptor.WorkloadMethod.Name))
            {
                double[] ratios = [.. passes.Select(pass => MedianOf(pass, way) / MedianOf(pass, byHand)).Order()];
                double nanoseconds = passes.Select(pass => MedianOf(pass, way)).Order().ElementAt(passes.Count / 2);
                table.Append(CultureInfo.InvariantCulture, $"| {category.Key} | {way} | {nanoseconds:F2} | {ratios[ratios.Length / 2]:F2} | {ratios[0]:F2} to {ratios[^1]:F2} |\n");
            }
        }

        return table.ToString();
    }

    private static string CategoryOf(BenchmarkCase way) => way.Descriptor.Categories.Single();

    private static double MedianOf(Summary pass, string way) =>
        pass.Reports.Single(report => report.BenchmarkCase.Descriptor.WorkloadMethod.Name == way).ResultStatistics!.Median;
}
