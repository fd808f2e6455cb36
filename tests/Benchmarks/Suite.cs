using ZeroCopySockets.Benchmarks.Connecting;
using ZeroCopySockets.Benchmarks.Echo;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Sending;
using ZeroCopySockets.Benchmarks.Streaming;

namespace ZeroCopySockets.Benchmarks;

/// <summary>Every work there is, in the order of the tables.</summary>
internal static class Suite
{
    public static IEnumerable<Work> Works => [.. SendBenchmark.Works, .. EchoBenchmark.Works, .. StreamBenchmark.Works, .. FanOutBenchmark.Works, AcceptBenchmark.Work];
}
