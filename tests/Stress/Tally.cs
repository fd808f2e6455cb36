using System.Collections.Concurrent;

namespace ZeroCopySockets.Stress;

/// <summary>What happened, counted from any thread.</summary>
internal sealed class Tally
{
    private const int FailuresKept = 10;

    private readonly ConcurrentQueue<string> _failures = new();
    private long _streams;
    private long _datagramSockets;
    private long _frames;
    private long _bytes;
    private long _datagrams;
    private long _cancelled;
    private long _broken;
    private long _failureCount;

    public long Streams => Volatile.Read(ref _streams);

    public long DatagramSockets => Volatile.Read(ref _datagramSockets);

    /// <summary>Frames that arrived whole and were verified.</summary>
    public long Frames => Volatile.Read(ref _frames);

    public long Bytes => Volatile.Read(ref _bytes);

    public long Datagrams => Volatile.Read(ref _datagrams);

    /// <summary>Sends and receives that ended with their token.</summary>
    public long Cancelled => Volatile.Read(ref _cancelled);

    /// <summary>Sends and receives that failed because an end went away.</summary>
    public long Broken => Volatile.Read(ref _broken);

    public long FailureCount => Volatile.Read(ref _failureCount);

    public IEnumerable<string> Failures => _failures;

    public void CountStream() => Interlocked.Increment(ref _streams);

    public void CountDatagramSocket() => Interlocked.Increment(ref _datagramSockets);

    public void CountFrames(int frames) => Interlocked.Add(ref _frames, frames);

    public void CountBytes(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void CountDatagram() => Interlocked.Increment(ref _datagrams);

    public void CountCancelled() => Interlocked.Increment(ref _cancelled);

    public void CountBroken() => Interlocked.Increment(ref _broken);

    public void Fail(string what)
    {
        if (Interlocked.Increment(ref _failureCount) <= FailuresKept)
        {
            _failures.Enqueue(what);
        }
    }
}
