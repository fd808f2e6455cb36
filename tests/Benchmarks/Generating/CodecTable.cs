using System.Globalization;
using System.Text;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Generating;

/// <summary>
/// The table of the codec benchmark, in markdown: each way against the one by hand of its category, measured next to it in the
/// same pass. The median of the passes counts, with the interval that holds the true one in 95 of 100 measurements.
/// </summary>
internal static class CodecTable
{
    public static string Of(IReadOnlyList<Summary> passes)
    {
        var table = new StringBuilder("| message of 36 bytes | way | ns | of by hand | interval |\n|---|---|---:|---:|---:|\n");
        foreach (IGrouping<string, BenchmarkCase> category in passes[0].BenchmarksCases.GroupBy(CategoryOf))
        {
            string byHand = category.Single(way => way.Descriptor.Baseline).Descriptor.WorkloadMethod.Name;
            foreach (string way in category.Select(way => way.Descriptor.WorkloadMethod.Name))
            {
                Interval ratio = Interval.Of(passes.Select(pass => MedianOf(pass, way) / MedianOf(pass, byHand)));
                double nanoseconds = Interval.Of(passes.Select(pass => MedianOf(pass, way))).Median;
                table.Append(CultureInfo.InvariantCulture, $"| {category.Key} | {way} | {nanoseconds:F2} | {ratio.Median:F2} | {ratio.Low:F2} .. {ratio.High:F2} |\n");
            }
        }

        return table.ToString();
    }

    private static string CategoryOf(BenchmarkCase way) => way.Descriptor.Categories.Single();

    private static double MedianOf(Summary pass, string way) =>
        pass.Reports.Single(report => report.BenchmarkCase.Descriptor.WorkloadMethod.Name == way).ResultStatistics!.Median;
}
