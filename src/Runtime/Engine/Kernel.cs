using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// The kernel seam. Everything above it is one code path; behind it sit Linux io_uring, the portable engine over
/// System.Net.Sockets, and the simulated kernel of the tests. It speaks the kernel's language: submissions, completions
/// with F_MORE and NOTIF, and negative errno values (Linux numbers, on every platform).
/// </summary>
internal abstract unsafe class Kernel
{
    public abstract EngineKind Kind { get; }

    /// <summary>Why this kernel was chosen and what it can do, for a person.</summary>
    public abstract string Description { get; }

    /// <summary>Whether an unregistered or registered zero-copy send is worth a try at all.</summary>
    public abstract bool SupportsZeroCopy { get; }

    /// <summary>Whether a zero-copy send in several pieces is (SENDMSG_ZC, Linux 6.1).</summary>
    public abstract bool SupportsGatheredZeroCopy { get; }

    /// <summary>Whether such a send reads registered memory without pinning it (Linux 6.18).</summary>
    public virtual bool SupportsRegisteredGather => false;

    /// <summary>Whether the kernel cuts one send into many datagrams (UDP_SEGMENT).</summary>
    public virtual bool CutsDatagrams(Socket socket) => false;

    /// <summary>Memory for the buffer pool.</summary>
    public abstract Slab AllocateSlab(nuint length);

    /// <summary>Memory to receive into. Neither registered nor cleared; pages are taken as they are first used.</summary>
    public abstract Slab AllocateReceiveMemory(nuint length);

    /// <summary>Opens a ring for one loop. Called on the loop's own thread, which is the only one to use it.</summary>
    public abstract KernelRing OpenLoopRing();

    /// <summary>Opens the ring through which other threads submit beside a loop; a completion there wakes the loop.</summary>
    public abstract KernelRing OpenCallerRing(KernelRing loopRing);

    /// <summary>One non-blocking, copied send on the calling thread. Bytes sent, or a negative errno (EAGAIN where it would block).</summary>
    public abstract int TrySend(in Submission submission);

    /// <summary>Sends what waits for more because of <see cref="Submission.MoreFollows"/>.</summary>
    public virtual void Uncork(KernelSocket socket)
    {
    }

    /// <summary>One non-blocking receive on the calling thread. Bytes received, or a negative errno.</summary>
    public abstract int TryReceive(KernelSocket socket, byte* buffer, int length);

    /// <summary>One non-blocking receive-from on the calling thread; as <see cref="FinishReceiveFrom"/> leaves it. Bytes received, or a negative errno.</summary>
    public abstract int TryReceiveFrom(KernelSocket socket, byte* buffer, int length, MessageBlock* message);

    /// <summary>The connection behind a completed accept.</summary>
    public abstract Socket TakeAccepted(int result);

    /// <summary>The peer of an accepted connection; null where it has reset the connection already.</summary>
    public virtual EndPoint? RemoteEndPoint(Socket accepted) => accepted.RemoteEndPoint;

    /// <summary>Makes a socket that was used elsewhere fit for this kernel.</summary>
    public virtual void Adopt(Socket socket)
    {
    }

    /// <summary>The local address of a bound or connected socket.</summary>
    public abstract EndPoint LocalEndPoint(KernelSocket socket);

    /// <summary>After a receive-from completed: fills the block's address length and truncation from what the kernel left there.</summary>
    public abstract void FinishReceiveFrom(MessageBlock* message);

    /// <summary>Ends one or both directions: after everything sent before, the peer sees the end of the stream.</summary>
    /// <exception cref="SocketException">The socket is not connected.</exception>
    public virtual void Shutdown(KernelSocket socket, SocketShutdown how) => socket.Socket.Shutdown(how);

    /// <summary>Makes <see cref="Close"/> reset the connection: nothing unsent is delivered.</summary>
    public virtual void ResetOnClose(KernelSocket socket) => socket.Socket.LingerState = new LingerOption(true, 0);

    /// <summary>Whether <see cref="Close"/> may take its time, because the user has set one for unsent data (SO_LINGER).</summary>
    public virtual bool WaitsOnClose(KernelSocket socket)
    {
        try
        {
            return socket.Socket.LingerState is { Enabled: true, LingerTime: > 0 };
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Some systems tell nothing any more of a connection that was reset; there is nothing to wait for then.
            return false;
        }
    }

    /// <summary>Lets the kernel drop a connection whose peer acknowledges nothing for that long (TCP_USER_TIMEOUT, Linux).</summary>
    public virtual void LimitUnacknowledged(KernelSocket socket, TimeSpan limit)
    {
        if (OperatingSystem.IsLinux())
        {
            SocketSettings.SetUserTimeout(socket.Socket, limit);
        }
    }

    /// <summary>Closes the descriptor. Nothing names it any more.</summary>
    public virtual void Close(KernelSocket socket) => socket.Socket.Dispose();
}

/// <summary>
/// One ring: submissions go in, completions come out. Not thread-safe but for <see cref="Wake"/>; the owner serialises.
/// </summary>
internal abstract unsafe class KernelRing : IDisposable
{
    /// <summary>Whether the slab is registered here, so that sends may name it instead of pinning pages.</summary>
    public bool SlabRegistered { get; protected set; }

    /// <summary>Why the slab is not registered, for a person; null where it is.</summary>
    public string? RegistrationProblem { get; protected set; }

    /// <summary>Registers the slab. Failure is not an error: sends from it then travel unregistered or copied.</summary>
    /// <param name="slab">The memory.</param>
    /// <param name="source">A ring that has it already, from which it may be cloned without pinning twice.</param>
    public abstract void RegisterSlab(Slab slab, KernelRing? source);

    /// <summary>Why the kernel picks no receive buffers although it could, for a person; null otherwise.</summary>
    public string? ProvidedBuffersProblem { get; protected set; }

    /// <summary>Sets up a ring of that many provided buffers, empty, for multishot receives. False where there is none.</summary>
    public virtual bool TryProvideBuffers(int count) => false;

    /// <summary>Hands a buffer to the kernel until a completion names it. Only after <see cref="TryProvideBuffers"/>.</summary>
    public virtual void Provide(int number, byte* address, int length) => throw new NotSupportedException();

    /// <summary>
    /// Gives a socket a place of its own, by which submissions name it with less work: 1 or more, or 0 where there is none. It holds
    /// the socket open until it is left.
    /// </summary>
    public virtual int TakePlace(KernelSocket socket) => 0;

    /// <summary>Leaves a place. Nothing is submitted by it any more.</summary>
    public virtual void LeavePlace(int place) => throw new NotSupportedException();

    /// <summary>Queues a submission. False when the queue is full: flush with <see cref="Enter"/> and try again.</summary>
    public abstract bool TryPush(in Submission submission);

    /// <summary>Hands everything queued to the kernel; with <paramref name="wait"/>, sleeps until a completion or <see cref="Wake"/>.</summary>
    public abstract void Enter(bool wait);

    /// <summary>Whether <see cref="Enter"/> left submissions behind, as the kernel does when it is short of memory.</summary>
    public abstract bool HasUnsubmitted { get; }

    /// <summary>What there is, as far as can be seen without <see cref="Enter"/>.</summary>
    public virtual RingNews Look() => RingNews.Unknown;

    /// <summary>Takes completions out. 0 when there are none.</summary>
    public abstract int Reap(Span<Completion> completions);

    /// <summary>Makes a sleeping or coming <see cref="Enter"/> return. Safe from any thread.</summary>
    public abstract void Wake();

    /// <summary>
    /// For a caller ring: whether a completion wakes the loop. Off while a caller reaps its own completions, on while
    /// something is outstanding. After switching on, reap once more: what arrived in between signalled nobody.
    /// </summary>
    public abstract bool SignalsLoop { set; }

    public abstract void Dispose();
}
