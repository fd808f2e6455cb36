using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Sending;

/// <summary>Datagrams out of a device that does not copy: ours, .NET's socket, and C, by window and by size.</summary>
internal static class SendBenchmark
{
    public const string Lease = "ours, lease, on the loop";
    public const string LeaseOffLoop = "ours, lease, thread pool";
    public const string Typed = "ours, typed, on the loop";
    public const string TypedOffLoop = "ours, typed, thread pool";

    private const int Window = 32;
    private static readonly int[] s_sizes = [64, 512, 1400, 8192, 32_768, 65_000];

    public static IEnumerable<Work> Works { get; } = [.. s_sizes.Select(InWindow), .. s_sizes.Select(Awaited)];

    public static string WindowName(int size) => $"UDP {size:N0} B, {Window} in flight";

    public static string AwaitedName(int size) => $"UDP {size:N0} B, each awaited";

    private static Work InWindow(int size) => new(WindowName(size), size, TimeSpan.FromMilliseconds(40),
    [
        () => BytesAsync(Lease, size, onLoop: true, Window),
        .. TypedFor(Typed, size, onLoop: true, Window),
        () => SocketAsync(size, Window),
        () => NativeAsync(Contestant.Native, Role.Reference, "send_udp", size, Window),
        () => NativeAsync("C, MSG_ZEROCOPY", Role.Other, "msg_zerocopy", size, Window),
    ]);

    private static Work Awaited(int size) => new(AwaitedName(size), size, TimeSpan.FromMilliseconds(40),
    [
        () => BytesAsync(Lease, size, onLoop: true, 1),
        () => BytesAsync(LeaseOffLoop, size, onLoop: false, 1),
        .. TypedFor(Typed, size, onLoop: true, 1),
        .. TypedFor(TypedOffLoop, size, onLoop: false, 1),
        () => SocketAsync(size, 1),
        () => NativeAsync(Contestant.Native, Role.Reference, "send_udp", size, 1),
    ]);

    private static async Task<Contestant> BytesAsync(string name, int size, bool onLoop, int window)
    {
        DummyNic.ThrowUnlessHere();
        return await Sender.OpenAsync(name, new Workload(Transport.Nic, size, Leased: true, onLoop, window));
    }

    /// <summary>The typed message has one size.</summary>
    private static IEnumerable<Func<Task<Contestant>>> TypedFor(string name, int size, bool onLoop, int window)
    {
        if (size == Frame.WireSize)
        {
            yield return () =>
            {
                DummyNic.ThrowUnlessHere();
                return Task.FromResult<Contestant>(TypedSender.Open(name, DummyNic.Peer, onLoop, window));
            };
        }
    }

    private static Task<Contestant> SocketAsync(int size, int window)
    {
        DummyNic.ThrowUnlessHere();
        return Task.FromResult<Contestant>(new SocketSender(size, window));
    }

    private static async Task<Contestant> NativeAsync(string name, Role role, string source, int size, int window)
    {
        DummyNic.ThrowUnlessHere();
        return new ChildContestant(name, role, await Child.StartNativeAsync(null, source, DummyNic.Peer.Address, DummyNic.Peer.Port, size, window));
    }
}
