using System.Net.Sockets;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Streaming;

/// <summary>
/// One message to 1,000 receivers. Over TCP, which is what <c>SendToAllAsync</c> is for, there is only loopback, where every
/// send also does the receiver's part of the work; datagrams go out of the device that does not copy, where only the sender's counts.
/// </summary>
internal static class FanOutBenchmark
{
    public const string OnLoop = "ours, SendToAll, on the loop";
    public const string OnThreadPool = "ours, SendToAll, thread pool";
    public const string Datagrams = "ours, one lease, on the loop";

    private const int Receivers = 1000;
    private const int LowWater = 16 * 1024;
    private static readonly int[] s_tcpSizes = [256, 16 * 1024];
    private static readonly int[] s_udpSizes = [1400, 32 * 1024];

    public static IEnumerable<Work> Works { get; } = [.. s_tcpSizes.Select(Tcp), .. s_udpSizes.Select(Udp)];

    public static IEnumerable<string> TcpNames => s_tcpSizes.Select(TcpName);

    private static string TcpName(int size) => $"fan-out {size:N0} B to {Receivers:N0}, TCP";

    private static Work Tcp(int size)
    {
        return new Work(TcpName(size), size, TimeSpan.FromMilliseconds(100),
        [
            () => Ours(OnLoop, OurFanOut.OnLoop),
            () => Ours(OnThreadPool, OurFanOut.OnThreadPool),
            () => Socket(Contestant.DotNet, Role.Reference, inlineCompletions: false),
            () => Socket(Contestant.DotNetInline, Role.Other, inlineCompletions: true),
            () => Sink.AgainstNativeAsync(LowWater, "fanout", Receivers, size),
        ])
        {
            OperationsPerCall = Receivers,
        };

        Task<Contestant> Ours(string name, string kind) =>
            Sink.AgainstManagedAsync(name, Role.Ours, LowWater, ChildPrograms.OurFanOut, kind, Receivers, size);

        Task<Contestant> Socket(string name, Role role, bool inlineCompletions) =>
            Sink.AgainstManagedAsync(name, role, LowWater, ChildPrograms.SocketFanOut, "", Receivers, size, inlineCompletions);
    }

    private static Work Udp(int size) => new($"fan-out {size:N0} B to {Receivers:N0}, UDP", size, TimeSpan.FromMilliseconds(100),
    [
        () =>
        {
            DummyNic.ThrowUnlessHere();
            return Task.FromResult<Contestant>(DatagramFanOut.Open(Datagrams, Receivers, size));
        },
        () =>
        {
            DummyNic.ThrowUnlessHere();
            return Task.FromResult<Contestant>(new SocketFanOut(Connected(Receivers), size));
        },
    ]);

    private static Socket[] Connected(int count) =>
    [
        .. Enumerable.Range(0, count).Select(_ =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(DummyNic.Peer);
            return socket;
        }),
    ];
}
