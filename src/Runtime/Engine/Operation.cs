using System.Collections.Concurrent;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>Something the kernel was asked to do. Pooled; it is in its ring's table until the terminal completion.</summary>
internal abstract class Operation
{
    private static readonly TimeSpan s_cancelRetry = TimeSpan.FromMilliseconds(10);
    // What the kernel may use for ever, because nobody will ever be told that it has let go, must not be collected either.
    private static readonly ConcurrentBag<Operation> s_quarantined = [];

    private byte[]? _messageStorage;

    /// <summary>The socket it works on; set from the start until it ends.</summary>
    public SocketCore? Core { get; protected set; }

    /// <summary>Moves on each time the object is reused, so that late cancellations and awaits find out.</summary>
    public int Version { get; protected set; }

    /// <summary>User data of the submission whose result is outstanding; 0 when there is none. Guarded by the owner of <see cref="IssuedTo"/>.</summary>
    public ulong UserData { get; set; }

    /// <summary>Who issued it last: a <see cref="ZeroCopyLoop"/> or a <see cref="CallerRing"/>.</summary>
    public object? IssuedTo { get; set; }

    /// <summary>The user no longer wants it. Written before the cancellation is queued.</summary>
    public bool CancelRequested { get; protected set; }

    /// <summary>Queues the cancellation once more, after a moment in which the kernel may have got on.</summary>
    public void CancelAgainLater()
    {
        if (Core is { } core)
        {
            int version = Version;
            _ = Task.Delay(s_cancelRetry, core.Engine.Time).ContinueWith(
                _ => core.Loop.Post(LoopWork.Cancel(this, version)),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The kernel was handed a submission and owes a terminal completion for it. Called before one can arrive.</summary>
    public virtual void OnIssued()
    {
    }

    /// <summary>Describes the operation, or what is left of it, to the kernel.</summary>
    public abstract void Describe(ref Submission submission);

    /// <summary>Takes one completion in. Runs on whichever thread reaped it and never runs user code.</summary>
    public abstract void OnCompletion(in Completion completion);

    /// <summary>The operation will never be issued, or not again: it ends with this errno, the kernel owing nothing new.</summary>
    public abstract void OnNotIssued(int errno);

    /// <summary>The ring is gone while the kernel still owed completions.</summary>
    public abstract void OnRingClosed();

    /// <summary>Keeps the operation, and through it the memory it was lent, for the rest of the process.</summary>
    protected void KeepForEver() => s_quarantined.Add(this);

    /// <summary>Pinned memory for an address, kept for the object's life.</summary>
    protected unsafe MessageBlock* Message
    {
        get
        {
            _messageStorage ??= GC.AllocateArray<byte>(sizeof(MessageBlock), pinned: true);
            // SAFETY: the array is pinned (GC.AllocateArray, pinned: true) and held by this object, which its ring's
            // table roots while the kernel may use the address. Arrays are aligned to 8 bytes.
            return (MessageBlock*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _messageStorage[0]);
        }
    }
}
