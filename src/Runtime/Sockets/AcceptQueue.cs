using System.Net.Sockets;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// A listener's connections: accepted by one standing operation, claimed one at a time. Those that come while nobody waits
/// are kept, up to a bound; the others stay in the kernel's backlog.
/// </summary>
internal sealed class AcceptQueue(SocketCore core) : StandingOperation(core)
{
    /// <summary>Connections kept for nobody in particular, before accepting pauses.</summary>
    public const int MaxUnclaimed = 64;

    private readonly Queue<int> _unclaimed = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private bool _single;

    // A failure the first who waits is to be told of.
    private int _failure;

    protected override bool WantsMore => _waiters.Count > 0;

    protected override bool HasTooMuch => _unclaimed.Count >= MaxUnclaimed;

    /// <summary>The next connection.</summary>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    /// <exception cref="SocketException">Accepting failed, or the listener was disposed meanwhile.</exception>
    public async ValueTask<Socket> AcceptAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(IsClosed || Core!.IsClosing, typeof(ZeroCopyListener));
            if (_unclaimed.TryDequeue(out int accepted))
            {
                return Core.Engine.Kernel.TakeAccepted(accepted);
            }

            waiter = new Waiter(this, cancellation);
            _waiters.AddLast(waiter.Place);
        }

        Arm();
        using (cancellation.UnsafeRegister(static waiter => ((Waiter)waiter!).Cancel(), waiter))
        {
            return Core.Engine.Kernel.TakeAccepted(await waiter.Accepted.Task.ConfigureAwait(LoopSynchronizationContext.IsCurrent));
        }
    }

    public override void Describe(ref Submission submission) =>
        submission.Operation = _single ? KernelOperation.Accept : KernelOperation.AcceptMultishot;

    protected override void Take(in Completion completion)
    {
        switch (completion.Result)
        {
            case >= 0 when IsClosed:
                Core!.Engine.Kernel.TakeAccepted(completion.Result).Dispose();
                break;
            case >= 0:
                _unclaimed.Enqueue(completion.Result);
                break;
            case -KernelError.EINVAL when !_single:
                // No multishot accept here (5.19): one at a time.
                _single = true;
                break;
            case -KernelError.ECANCELED: // Paused, or closing.
            case -KernelError.EINTR:
            case -KernelError.ECONNABORTED: // That peer gave up while it waited in the backlog; the next one need not.
            case -KernelError.ECONNRESET:
                break;
            default:
                _failure = completion.Result;
                break;
        }
    }

    protected override void Drop()
    {
        while (_unclaimed.TryDequeue(out int accepted))
        {
            Core!.Engine.Kernel.TakeAccepted(accepted).Dispose();
        }
    }

    protected override void Deliver()
    {
        while (true)
        {
            Waiter first;
            int result;
            lock (Gate)
            {
                if (_waiters.First is not { } place)
                {
                    // Whoever comes next finds out for himself.
                    _failure = 0;
                    return;
                }

                if (IsClosed)
                {
                    result = -KernelError.ECANCELED;
                }
                else if (!_unclaimed.TryDequeue(out result))
                {
                    result = _failure;
                    _failure = 0;
                    if (result == 0)
                    {
                        return;
                    }
                }

                first = place.Value;
                _waiters.Remove(place);
            }

            first.Tell(result);
        }
    }

    private sealed class Waiter
    {
        private readonly AcceptQueue _queue;
        private readonly CancellationToken _cancellation;

        public Waiter(AcceptQueue queue, CancellationToken cancellation)
        {
            _queue = queue;
            _cancellation = cancellation;
            Place = new LinkedListNode<Waiter>(this);
        }

        public LinkedListNode<Waiter> Place { get; }

        public TaskCompletionSource<int> Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Tell(int result)
        {
            if (result >= 0)
            {
                Accepted.SetResult(result);
            }
            else
            {
                Accepted.SetException(KernelError.ToException(-result));
            }
        }

        /// <summary>Gives up, unless a connection was given already: then it is delivered, not lost.</summary>
        public void Cancel()
        {
            lock (_queue.Gate)
            {
                if (Place.List is null)
                {
                    return;
                }

                _queue._waiters.Remove(Place);
            }

            Accepted.SetCanceled(_cancellation);
        }
    }
}
