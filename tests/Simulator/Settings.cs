namespace ZeroCopySockets.Simulator;

/// <summary>
/// What one run is like. Drawn first, from the seed: each run has only some of the faults, and those more or less often,
/// because a run with everything on drowns what needs a quiet moment, or a crowd of one fault, to show.
/// </summary>
internal sealed class Settings(Chance chance)
{
    // The engine.
    public int Loops { get; } = chance.Pick<int>([1, 1, 2, 2, 3]);

    public ZeroCopyPolicy Policy { get; } = chance.Pick<ZeroCopyPolicy>([ZeroCopyPolicy.Always, ZeroCopyPolicy.Always, ZeroCopyPolicy.Adaptive, ZeroCopyPolicy.Never]);

    public int SmallBuffers { get; } = chance.Between(0, 6);

    public int MediumBuffers { get; } = chance.Between(0, 4);

    public int LargeBuffers { get; } = chance.Between(1, 3);

    /// <summary>Bytes from which Adaptive sends by zero copy.</summary>
    public int Threshold { get; } = chance.Pick<int>([1, 600, 8_000]);

    public int ReceiveBuffers { get; } = chance.Pick<int>([1, 3, 6, 20]);

    public int ReceiveBufferSize { get; } = chance.Pick<int>([64, 500, 4_000]);

    public int ReceiveBuffersPerSocket { get; } = chance.Pick<int>([1, 2, 3, 8]);

    // The workload.
    public int Streams { get; } = chance.Between(1, 4);

    public int Datagrams { get; } = chance.Between(0, 2);

    public int Steps { get; } = chance.Between(3, 25);

    /// <summary>A stream is received from in leases.</summary>
    public double LeasedReceives { get; } = chance.Pick<double>([0, 0.5, 1]);

    /// <summary>What was received is sent on from where it lies.</summary>
    public double Echoes { get; } = chance.Swarm();

    /// <summary>Connections that peers make.</summary>
    public int Callers { get; } = chance.Pick<int>([0, 0, 2, 5, 5, 90]);

    public double Cancels { get; } = chance.Swarm();

    public double Shutdowns { get; } = chance.Swarm() / 4;

    public double Aborts { get; } = chance.Swarm() / 4;

    public double Disposals { get; } = chance.Swarm() / 4;

    /// <summary>The whole is torn down while everything is under way.</summary>
    public bool EndsUnderLoad { get; } = chance.Happens(0.5);

    // The rings.
    public int SubmissionEntries { get; } = chance.Pick<int>([1, 2, 8, 64]);

    public int CompletionEntries { get; } = chance.Pick<int>([1, 2, 16, 256]);

    /// <summary>io_uring_enter fails with EINTR, EAGAIN or EBUSY and leaves submissions where they are.</summary>
    public double EnterFails { get; } = chance.Swarm();

    public double RegistrationFails { get; } = chance.Swarm();

    /// <summary>An operation is executed inside io_uring_enter rather than later.</summary>
    public double ExecutesAtOnce { get; } = chance.Pick<double>([0, 0.5, 1]);

    /// <summary>Something happens while the loop is busy.</summary>
    public double TimePasses { get; } = chance.Pick<double>([0.05, 0.3, 0.7]);

    /// <summary>There are rings of provided buffers, and so multishot receives.</summary>
    public bool ProvidesBuffers { get; } = chance.Happens(0.75);

    /// <summary>There is multishot accept.</summary>
    public bool AcceptsMany { get; } = chance.Happens(0.75);

    /// <summary>A multishot ends with what it has just brought.</summary>
    public double MultishotEnds { get; } = chance.Swarm();

    /// <summary>No descriptor is left for a connection, or it was given up while it waited.</summary>
    public double AcceptErrors { get; } = chance.Swarm();

    // Sends.
    /// <summary>SENDMSG_ZC is there.</summary>
    public bool GatheredZeroCopy { get; } = chance.Happens(0.7);

    public int SendBuffer { get; } = chance.Pick<int>([100, 4_000, 200_000]);

    public double ShortSends { get; } = chance.Swarm();

    /// <summary>The send after a short one fails, and only that.</summary>
    public double TornSends { get; } = chance.Swarm();

    /// <summary>A zero-copy send is refused with ENOBUFS, ENOMEM or EOPNOTSUPP.</summary>
    public double Refusals { get; } = chance.Swarm();

    /// <summary>EINTR, EAGAIN, or ECANCELED as for the submissions of a thread that has exited.</summary>
    public double Retries { get; } = chance.Swarm();

    public double Errors { get; } = chance.Swarm() / 2;

    public double ErrorsWithMore { get; } = chance.Pick<double>([0, 0.5, 1]);

    public double ResultsWithoutMore { get; } = chance.Swarm();

    public double KernelCopies { get; } = chance.Swarm();

    /// <summary>A notification comes only when the connection is reset or its descriptor closed.</summary>
    public double HeldNotifications { get; } = chance.Swarm() / 2;

    /// <summary>A direct send or receive would block although it need not.</summary>
    public double DirectBlocks { get; } = chance.Swarm();

    // Cancellation.
    public double LateCancels { get; } = chance.Swarm();

    /// <summary>A cancellation is answered EALREADY: the request is just being tried again, and may wait once more.</summary>
    public double MissedCancels { get; } = chance.Swarm();

    /// <summary>The longest an ordinary delay is, in microseconds.</summary>
    public int LongestDelay { get; } = chance.Pick<int>([1, 50, 3_000]);

    // Peers.
    public int PeerChunk { get; } = chance.Pick<int>([3, 700, 100_000]);

    /// <summary>A peer that reads three bytes at a time is not sent much.</summary>
    public int LargestSend => PeerChunk < 10 ? 500 : 12_000;

    public double PeerStalls { get; } = chance.Swarm() / 2;

    public double PeerStallsForEver { get; } = chance.Swarm() / 3;

    public double PeerResets { get; } = chance.Swarm() / 6;

    public double PeerEnds { get; } = chance.Swarm() / 4;

    /// <summary>A caller resets its connection before it is accepted.</summary>
    public double CallersGiveUp { get; } = chance.Swarm();

    /// <summary>Datagrams of one sender are joined (UDP_GRO).</summary>
    public double JoinedDatagrams { get; } = chance.Swarm();

    public double LostDatagrams { get; } = chance.Swarm();

    /// <summary>A send may be cut into datagrams (UDP_SEGMENT), one without a copy from registered memory too.</summary>
    public bool CutsDatagrams { get; } = chance.Happens(0.7);

    public bool RegisteredGather { get; } = chance.Happens(0.7);

    /// <summary>A datagram is as long, and goes to the same peer, as the one before.</summary>
    public double LikeDatagrams { get; } = chance.Swarm();
}
