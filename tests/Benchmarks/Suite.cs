using ZeroCopySockets.Benchmarks.Echo;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Sending;

namespace ZeroCopySockets.Benchmarks;

/// <summary>Every work there is, in the order of the tables.</summary>
internal static class Suite
{
    public static IEnumerable<Work> Works => [.. SendBenchmark.Works, .. EchoBenchmark.Works];
}
