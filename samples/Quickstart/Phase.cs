using System.Diagnostics;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>The transports of this sample.</summary>
internal enum Transport
{
    Tcp,
    Udp,
}

/// <summary>One part of the run: a transport and a way of sending, both directions, and what is counted on the way.</summary>
internal sealed class Phase(Transport transport, bool inPlace, ZeroCopyPolicy policy, int messages)
{
    private long _sent;
    private long _sentBytes;
    private long _received;
    private ZeroCopyStatistics _before;
    private ZeroCopyStatistics _after;
    private readonly Stopwatch _time = new();

    public string Name => $"{(Transport == Transport.Tcp ? "TCP" : "UDP")} {(InPlace ? "in place" : "everyday")}";

    public Transport Transport => transport;

    public bool InPlace => inPlace;

    public ZeroCopyPolicy Policy => policy;

    /// <summary>Messages in each direction.</summary>
    public int Messages => messages;

    public long Sent => Volatile.Read(ref _sent);

    public long SentBytes => Volatile.Read(ref _sentBytes);

    public long Received => Volatile.Read(ref _received);

    /// <summary>From each in-place send's call to its second completion.</summary>
    public LatencyHistogram Recycles { get; } = new();

    /// <summary>Sends whose memory came back. In place each was awaited; everyday slots return by themselves, so what is not owed came back.</summary>
    public long Recycled => InPlace ? Recycles.Count : Sent - _after.OwedNotifications;

    /// <summary>Notifications the kernel still owed, and buffers still held, when the phase had closed its sockets.</summary>
    public long Owed => OwedIn(_after);

    public TimeSpan Elapsed => _time.Elapsed;

    /// <summary>Notifications the kernel owes, and buffers that somebody or the kernel holds.</summary>
    public static long OwedIn(ZeroCopyStatistics statistics) =>
        statistics.OwedNotifications + statistics.LeasedBuffers + statistics.InFlightBuffers + statistics.QuarantinedBuffers;

    public void CountSent(int bytes)
    {
        Interlocked.Increment(ref _sent);
        Interlocked.Add(ref _sentBytes, bytes);
    }

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void Start(ZeroCopyEngine engine)
    {
        _before = engine.GetStatistics();
        _time.Start();
    }

    public void Stop(ZeroCopyEngine engine)
    {
        _time.Stop();
        _after = engine.GetStatistics();
    }

    /// <summary>What an engine's counter gained during the phase.</summary>
    public long Gained(Func<ZeroCopyStatistics, long> counter) => counter(_after) - counter(_before);
}
