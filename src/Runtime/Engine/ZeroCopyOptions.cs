using ZeroCopySockets.Buffers;
using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets;

/// <summary>Settings of a <see cref="ZeroCopyEngine"/>. The defaults suit one process on an ordinary machine.</summary>
public sealed record ZeroCopyOptions
{
    /// <summary>Bytes the kernel registers as one buffer, at the most (io_buffer_validate in io_uring/rsrc.c).</summary>
    private const nuint MostRegistered = 1 << 30;

    /// <summary>Which engine. Auto chooses and says why in <see cref="ZeroCopyEngine.Description"/>; naming one that does not work here is an error.</summary>
    public EngineKind Engine { get; init; } = EngineKind.Auto;

    /// <summary>The policy sockets start with.</summary>
    public ZeroCopyPolicy Policy { get; init; } = ZeroCopyPolicy.Adaptive;

    /// <summary>
    /// Bytes from which <see cref="ZeroCopyPolicy.Adaptive"/> sends registered memory by zero copy; below, a copy costs less
    /// than the second completion. For sends by code on the socket's loop, which share their trips to the kernel. In a send
    /// of several segments it counts for each of them.
    /// </summary>
    /// <remarks>The defaults of the thresholds were measured by <c>tests/Benchmarks</c> (policy).</remarks>
    public int ZeroCopyThreshold { get; init; } = 8 * 1024;

    /// <summary>
    /// The same for datagrams that code on the loop sends: copied ones of one size and to one peer go through the network stack together.
    /// Those in registered memory can do so without a copy, too (Linux 6.18), and where a socket's find others to go with, an eighth of it will do.
    /// </summary>
    public int DatagramZeroCopyThreshold { get; init; } = 16 * 1024;

    /// <summary>The same for sends from any other thread, each of which is a trip of its own; a copy is a cheaper one.</summary>
    public int OffLoopZeroCopyThreshold { get; init; } = 40 * 1024;

    /// <summary>The same for memory that is not registered, where this is more than the others: each send must pin its pages.</summary>
    public int UnregisteredZeroCopyThreshold { get; init; } = 24 * 1024;

    /// <summary>
    /// Bytes of zero-copy sends that one socket's peer may leave with the kernel; what would exceed them is copied. A peer
    /// that stops reading cannot hold more.
    /// </summary>
    public long MaxOwedBytesPerSocket { get; init; } = 8 << 20;

    /// <summary>The same for all sockets of the engine together.</summary>
    public long MaxOwedBytes { get; init; } = 64 << 20;

    /// <summary>Number of loops, one thread each; 0 for one per two cores.</summary>
    public int LoopCount { get; init; }

    /// <summary>Number of 256-byte buffers. All buffers of the three sizes together may take 1 GiB.</summary>
    public int SmallBuffers { get; init; } = 2048;

    /// <summary>Number of 4 KiB buffers.</summary>
    public int MediumBuffers { get; init; } = 128;

    /// <summary>Number of 64 KiB buffers. The default numbers come to 4 MiB in all, half the usual limit on locked memory.</summary>
    public int LargeBuffers { get; init; } = 48;

    /// <summary>
    /// Number of buffers per loop that its connections' leased receives share, 1 to 32,768. The default numbers come to
    /// 4 MiB per loop, taken from the system only as they are used; they do not count as locked memory.
    /// </summary>
    public int ReceiveBuffers { get; init; } = 256;

    /// <summary>Bytes in a receive buffer, 64 to 1,048,576: the most one leased receive brings.</summary>
    public int ReceiveBufferSize { get; init; } = 16 * 1024;

    /// <summary>
    /// Receive buffers one connection may hold, received and not yet given back, so that a slow reader leaves the others
    /// some. At that number it stops receiving until one comes back; what the kernel had under way may add less than as many again.
    /// What has not been received waits with the kernel, and then with the peer. Unless this is all of them, an eighth of
    /// the loop's buffers goes to connections that hold none, so that many slow readers together leave the others some, too.
    /// </summary>
    public int ReceiveBuffersPerSocket { get; init; } = 32;

    /// <summary>
    /// How long a loop whose code has nothing left to do looks for more before it sleeps, 0 to 1 second; zero never looks. About
    /// what sleeping and being woken take, so that it saves more processor time than it costs while peers answer quickly; where
    /// they do not, the loop does so only once in 256 times. On io_uring, and for code that runs on the loop.
    /// </summary>
    public TimeSpan SpinBeforeSleep { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>How long <c>RentAsync</c> waits for a buffer before it gives up with a <see cref="TimeoutException"/>.</summary>
    public TimeSpan LeaseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long disposing a socket waits for buffers the kernel still holds for it. After that the descriptor is closed
    /// and the buffers come back when the kernel lets go of them.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a closed connection's peer may leave data unacknowledged before the kernel drops it and gives the buffers
    /// back (TCP_USER_TIMEOUT, Linux).
    /// </summary>
    public TimeSpan StalledPeerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether writes to buffers in flight are looked for. Null leaves it to the environment: ZEROCOPYSOCKETS_GUARD=1 is
    /// <see cref="GuardMode.Check"/>, =2 is <see cref="GuardMode.Protect"/>, unset is <see cref="GuardMode.Off"/>.
    /// </summary>
    public GuardMode? Guard { get; init; }

    internal void Validate()
    {
        if (Guard is { } guard && !Enum.IsDefined(guard))
        {
            throw new ArgumentOutOfRangeException(nameof(Guard), guard, "Must be a GuardMode.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(LoopCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LoopCount, 256);
        ArgumentOutOfRangeException.ThrowIfNegative(ZeroCopyThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(DatagramZeroCopyThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(OffLoopZeroCopyThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(UnregisteredZeroCopyThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxOwedBytesPerSocket);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxOwedBytes);
        ThrowIfNotIn(SmallBuffers, 0, 1 << 20, nameof(SmallBuffers));
        ThrowIfNotIn(MediumBuffers, 0, 1 << 18, nameof(MediumBuffers));
        ThrowIfNotIn(LargeBuffers, 1, 1 << 13, nameof(LargeBuffers));
        if (SlabLength(GuardSettings.Resolve(Guard)) is > MostRegistered and var length)
        {
            throw new ArgumentException(
                $"{nameof(SmallBuffers)}, {nameof(MediumBuffers)} and {nameof(LargeBuffers)} come to {(length + (1 << 20) - 1) >> 20} MiB; the kernel registers at most {MostRegistered >> 20} MiB.");
        }

        // The kernel's ring of provided buffers has at most 32,768 entries.
        ThrowIfNotIn(ReceiveBuffers, 1, 1 << 15, nameof(ReceiveBuffers));
        ThrowIfNotIn(ReceiveBufferSize, 64, 1 << 20, nameof(ReceiveBufferSize));
        ThrowIfNotIn(ReceiveBuffersPerSocket, 1, 1 << 15, nameof(ReceiveBuffersPerSocket));
        ArgumentOutOfRangeException.ThrowIfLessThan(SpinBeforeSleep, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SpinBeforeSleep, TimeSpan.FromSeconds(1));
        ThrowIfNotPositive(LeaseTimeout, nameof(LeaseTimeout));
        ThrowIfNotPositive(CloseTimeout, nameof(CloseTimeout));
        ThrowIfNotPositive(StalledPeerTimeout, nameof(StalledPeerTimeout));
    }

    /// <summary>Numbers of buffers in the pool's sizes, smallest first.</summary>
    internal int[] BufferCounts => [SmallBuffers, MediumBuffers, LargeBuffers];

    /// <summary>Bytes of the pool's memory.</summary>
    internal nuint SlabLength(GuardMode guard) => BufferPool.MemoryFor(BufferCounts, GuardSettings.GranuleFor(guard));

    private static void ThrowIfNotIn(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"Must be {least} to {most}.");
        }
    }

    private static void ThrowIfNotPositive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(name, value, "Must be positive and less than 24 days.");
        }
    }
}
