using ZeroCopySockets.Benchmarks.Echo;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Sending;
using ZeroCopySockets.Benchmarks.Streaming;

namespace ZeroCopySockets.Benchmarks.Bars;

/// <summary>What the library is to reach, row by row.</summary>
internal static class BarTable
{
    private const string NativePeer = "own C liburing peer";
    private static readonly int[] s_small = [64, 512, 1400];
    private static readonly int[] s_few = [64, 4096];
    private static readonly int[] s_many = [32, 256];

    public static IReadOnlyList<Bar> Rows { get; } =
    [
        new RatioBar("UDP 65,000 B, window of 32 sends in flight, typed in-place and byte-level, dummy NIC", ".NET Socket.SendAsync", ">= 2.6x", Contestant.DotNet,
            LargeInWindow(2.6)),
        new RatioBar("same", $"{NativePeer}, same batch", ">= 1.00x", Contestant.Native, LargeInWindow(1)),
        new RatioBar("UDP 65,000 B, each send awaited before the next, handler running on a loop", ".NET Socket", ">= 1.5x", Contestant.DotNet,
            LargeAwaited(1.5, SendBenchmark.Lease, SendBenchmark.Typed)),
        new RatioBar("same, from an ordinary thread-pool async method", ".NET Socket", ">= 1.15x", Contestant.DotNet,
            LargeAwaited(1.15, SendBenchmark.LeaseOffLoop, SendBenchmark.TypedOffLoop)),
        new RatioBar("UDP 8 KiB / 32 KiB, window of 32", ".NET Socket", ">= 1.7x / 1.9x", Contestant.DotNet,
        [
            new BarCell(SendBenchmark.WindowName(8192), SendBenchmark.Lease, 1.7),
            new BarCell(SendBenchmark.WindowName(32_768), SendBenchmark.Lease, 1.9),
        ]),
        new RatioBar("UDP 64 B..1,400 B, window of 32", ".NET Socket", ">= 1.4x", Contestant.DotNet,
            [.. s_small.Select(size => new BarCell(SendBenchmark.WindowName(size), SendBenchmark.Lease, 1.4))]),
        new RatioBar("UDP 64 B..1,400 B, each awaited", ".NET Socket", ">= 0.97x", Contestant.DotNet,
        [
            .. from size in s_small
               from contestant in new[] { SendBenchmark.Lease, SendBenchmark.LeaseOffLoop }
               select new BarCell(SendBenchmark.AwaitedName(size), contestant, 0.97),
        ]),
        new PolicyBar("any size, adaptive", "better of always-copy / always-ZC", ">= 0.97x"),
        new RatioBar("echo 64 B and 4 KiB, 32 and 256 connections, handlers on loops", ".NET async Socket", ">= 1.8x, at less CPU per request", Contestant.DotNet,
            ManyEchoes(EchoBenchmark.OnLoop, 1.8))
        {
            AtLessCpu = true,
        },
        new RatioBar("same", NativePeer, ">= 0.95x", Contestant.Native, ManyEchoes(EchoBenchmark.OnLoop, 0.95)),
        new RatioBar("same, handlers on the thread pool", ".NET async Socket", ">= 1.2x", Contestant.DotNet, ManyEchoes(EchoBenchmark.OnThreadPool, 1.2)),
        new RatioBar("echo 32 KiB, 32 connections", ".NET async Socket", ">= 1.3x", Contestant.DotNet, [new BarCell(EchoBenchmark.Name(32_768, 32), EchoBenchmark.OnLoop, 1.3)]),
        new RatioBar("echo, 1 connection (latency; spin-then-sleep allowed, CPU shown)", ".NET async Socket", ">= 1.0x", Contestant.DotNet,
            [.. s_few.Select(size => new BarCell(EchoBenchmark.Name(size, 1), EchoBenchmark.OnLoop, 1))])
        {
            TellsCpu = true,
        },
        new RatioBar("stream bulk", ".NET Socket", ">= 1.1x and never below 1.0x", Contestant.DotNet,
            [.. StreamBenchmark.Names.Select(name => new BarCell(name, StreamBenchmark.Leases, 1.1))])
        {
            Floor = 1,
        },
        new RatioBar("fan-out", ".NET Socket loop", ">= 2x", Contestant.DotNet,
            [.. FanOutBenchmark.TcpNames.Select(name => new BarCell(name, FanOutBenchmark.OnLoop, 2))]),
        new AllocationBar("steady state", "allocations", "0 B/op in every cell"),
    ];

    private static BarCell[] LargeInWindow(double least) =>
        [.. new[] { SendBenchmark.Lease, SendBenchmark.Typed }.Select(contestant => new BarCell(SendBenchmark.WindowName(Frame.WireSize), contestant, least))];

    private static BarCell[] LargeAwaited(double least, params string[] contestants) =>
        [.. contestants.Select(contestant => new BarCell(SendBenchmark.AwaitedName(Frame.WireSize), contestant, least))];

    private static BarCell[] ManyEchoes(string contestant, double least) =>
        [.. from size in s_few from connections in s_many select new BarCell(EchoBenchmark.Name(size, connections), contestant, least)];
}
