using System.Collections.Concurrent;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets;

/// <summary>
/// One thread with one ring. A socket belongs to one loop for life; code that runs on that loop submits straight into
/// the ring and resumes there, without a thread switch anywhere.
/// </summary>
/// <remarks>
/// Code on a loop must not block: everything else on the loop waits for it. Each round does, in this order: take in what
/// other threads posted, run continuations, hand all submissions to the kernel in one call (sleeping there when there is
/// nothing to do), reap all completions. User code runs only in the second step, when no ring state is half updated.
/// </remarks>
public sealed partial class ZeroCopyLoop
{
    /// <summary>How often in a round the continuations that others have queued meanwhile run.</summary>
    private const int LocalPasses = 4;

    [ThreadStatic]
    private static ZeroCopyLoop? t_current;

    private readonly ConcurrentQueue<LoopWork> _inbox = new();
    private readonly Queue<LoopWork> _local = new();
    private readonly OperationTable _table = new();
    private readonly EngineCounters _elsewhere;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KernelRing _ring = null!; // Opened on the loop's own thread, before Start returns.
    private CompletionBatch _batch = null!; // That thread's.
    private bool _ranCode;
    private int _sleeping;
    private int _wakers;
    private bool _stopping;
    private bool _closed;

    private ZeroCopyLoop(int index, OperationPools operations, EngineCounters elsewhere)
    {
        Index = index;
        IdleSends = operations.SendsOfALoop();
        IdleOthers = operations.OthersOfALoop();
        _elsewhere = elsewhere;
        _thread = new Thread(static start => ((Action)start!)()) { IsBackground = true, Name = $"ZeroCopySockets loop {index}" };
    }

    /// <summary>The loop whose thread is running this code; null anywhere else.</summary>
    public static ZeroCopyLoop? Current => t_current;

    /// <summary>Position in <see cref="ZeroCopyEngine.Loops"/>.</summary>
    public int Index { get; }

    /// <summary>Whether the calling code runs on this loop.</summary>
    public bool IsCurrent => t_current == this;

    /// <summary>Where the calling thread counts what this loop's sockets do.</summary>
    internal EngineCounters Counters => CountersFor(IsCurrent);

    /// <summary>What the loop's own thread has counted.</summary>
    internal EngineCounters OwnCounters { get; } = new(shared: false);

    /// <summary>Rounds so far, each one trip to the kernel. On the loop.</summary>
    internal long Enters { get; private set; }

    internal CallerRing Caller { get; private set; } = null!;

    /// <summary>Whether sends from the slab need not pin pages.</summary>
    internal bool SlabRegistered => _ring.SlabRegistered;

    /// <summary>What the code that runs here may still send before the loop has its turn.</summary>
    internal RoundBudget Budget { get; } = new();

    /// <summary>On the loop: whether other code waits for its turn here.</summary>
    internal bool HasLocalWork => _local.Count > 0;

    /// <summary>Operations for the loop's own code.</summary>
    internal LoopPool<SendOperation> IdleSends { get; }

    /// <inheritdoc cref="IdleSends"/>
    internal LoopPool<IoOperation> IdleOthers { get; }

    /// <summary>Datagrams that wait for the next trip to the kernel.</summary>
    internal DatagramTrains Trains { get; } = new();

    /// <summary>What this loop's connections receive into when they receive leases.</summary>
    internal ReceiveBuffers Receives { get; private set; } = null!;

    internal string? ProvidedBuffersProblem => _ring.ProvidedBuffersProblem;

    internal string? RegistrationProblem => _ring.RegistrationProblem;

    /// <summary>Starts a loop and waits until its rings stand.</summary>
    internal static ZeroCopyLoop Start(int index, Kernel kernel, Slab slab, ZeroCopyOptions options, OperationPools operations, EngineCounters elsewhere)
    {
        var loop = new ZeroCopyLoop(index, operations, elsewhere);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop._thread.Start(() => loop.Main(kernel, slab, options, ready));
        ready.Task.GetAwaiter().GetResult();
        return loop;
    }

    /// <summary>Runs asynchronous code on the loop; it stays there across its awaits.</summary>
    /// <param name="work">The code. It must not block.</param>
    /// <returns>Completes with the code.</returns>
    public Task RunAsync(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync<object?>(async () =>
        {
            await work();
            return null;
        });
    }

    /// <inheritdoc cref="RunAsync(Func{Task})"/>
    public Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), this);
        var started = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(LoopWork.Run(_ =>
        {
            try
            {
                started.SetResult(work());
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        }, null));
        return started.Task.Unwrap();
    }

    /// <summary>Queues work, and wakes the loop only if it sleeps.</summary>
    internal void Post(in LoopWork work)
    {
        if (IsCurrent && !_closed)
        {
            _local.Enqueue(work);
            return;
        }

        _inbox.Enqueue(work);
        // Full fence, paired with the one before the loop's last look at the inbox: either we see it asleep or it sees the
        // work. Counted, so that the ring is not closed, and its descriptor's number reused, under a wake.
        Interlocked.Increment(ref _wakers);
        bool closed = Volatile.Read(ref _closed);
        if (!closed && Volatile.Read(ref _sleeping) == 1 && Interlocked.Exchange(ref _sleeping, 0) == 1)
        {
            _ring.Wake();
        }

        Interlocked.Decrement(ref _wakers);
        if (closed)
        {
            RunLeftovers();
        }
    }

    /// <summary>As <see cref="Counters"/>, where it is known whether the calling code runs on the loop.</summary>
    internal EngineCounters CountersFor(bool onLoop) => onLoop ? OwnCounters : _elsewhere;

    /// <summary>Issues an operation on the loop's ring: at once on the loop, from anywhere else by way of the inbox.</summary>
    internal void Issue(Operation operation)
    {
        if (IsCurrent)
        {
            IssueHere(operation);
        }
        else
        {
            Post(LoopWork.Issue(operation));
        }
    }

    /// <summary>As <see cref="Issue"/>, where the caller knows that it is on the loop.</summary>
    internal void IssueHere(Operation operation)
    {
        if (operation.CancelRequested || operation.Core!.IsClosing || _closed)
        {
            // Queued rather than called, so that a long line of sends that all fail is not a deep stack.
            Post(LoopWork.Run(static failed => ((Operation)failed!).OnNotIssued(KernelError.ECANCELED), operation));
            return;
        }

        Submission submission = default;
        operation.Describe(ref submission);
        submission.Socket = operation.Core.Handle;
        submission.Place = submission.Operation == KernelOperation.SendZeroCopy ? operation.Core.PlaceIn(_ring) : 0;
        submission.UserData = operation.UserData = _table.Add(operation);
        operation.IssuedTo = this;
        operation.OnIssued();
        Push(submission);
    }

    /// <summary>
    /// On the loop: takes what was issued to the kernel at once, for code that can do nothing before it has the result, and hands
    /// out what is complete.
    /// </summary>
    internal void SubmitNow()
    {
        Enters++;
        Trains.Depart();
        _ring.Enter(wait: false);
        _batch.Collect(_ring, _table, OwnCounters);
        _batch.Dispatch();
    }

    /// <summary>Ends the loop. Whatever the kernel still owes is quarantined.</summary>
    internal Task StopAsync()
    {
        Post(LoopWork.Stop());
        return _stopped.Task;
    }

    private void Main(Kernel kernel, Slab slab, ZeroCopyOptions options, TaskCompletionSource ready)
    {
        t_current = this;
        _batch = CompletionBatch.ForThisThread;
        SynchronizationContext.SetSynchronizationContext(new LoopSynchronizationContext(this));
        try
        {
            _ring = kernel.OpenLoopRing();
            _ring.RegisterSlab(slab, source: null);
            KernelRing callerRing = kernel.OpenCallerRing(_ring);
            Caller = new CallerRing(callerRing, _elsewhere);
            Caller.RegisterSlab(slab, _ring);
            Receives = new ReceiveBuffers(this, _ring, kernel, options);
            _longestSpin = _ring.Look() == RingNews.Unknown ? TimeSpan.Zero : options.SpinBeforeSleep;
        }
        catch (KernelException e)
        {
            Caller?.Close();
            _ring?.Dispose();
            ready.SetException(e);
            return;
        }

        ready.SetResult();
        while (!_stopping)
        {
            RunInbox();
            RunLocal();
            Enter();
            Budget.BeginRound();
            Reap();
        }

        Close();
    }

    private void RunInbox()
    {
        // Bounded, so that a flood of posts cannot keep the ring waiting.
        for (int i = _inbox.Count; i > 0 && _inbox.TryDequeue(out LoopWork work); i--)
        {
            Do(work);
        }
    }

    private void RunLocal()
    {
        // What runs here may let others run, which then need no trip to the kernel in between; but only so far, because code
        // that yields until something has arrived waits for that trip.
        for (int pass = 0; pass < LocalPasses && _local.Count > 0; pass++)
        {
            for (int i = _local.Count; i > 0; i--)
            {
                Do(_local.Dequeue());
            }
        }
    }

    private void Do(in LoopWork work)
    {
        switch (work.What)
        {
            case LoopWork.Kind.Run:
                _ranCode = true;
                ((Action<object?>)work.Target!)(work.State);
                break;
            case LoopWork.Kind.Post:
                _ranCode = true;
                ((SendOrPostCallback)work.Target!)(work.State);
                break;
            case LoopWork.Kind.Issue:
                IssueHere((Operation)work.Target!);
                break;
            case LoopWork.Kind.Cancel:
                CancelOne((Operation)work.Target!, work.Version);
                break;
            case LoopWork.Kind.CancelSocket:
                CancelAll((SocketCore)work.Target!);
                break;
            case LoopWork.Kind.CancelSocketAgain:
                CancelAllAgain((SocketCore)work.Target!);
                break;
            case LoopWork.Kind.Stop:
                _stopping = true;
                break;
        }
    }

    private void CancelOne(Operation operation, int version)
    {
        if (operation.Version != version || operation.Core is not { } core)
        {
            return;
        }

        if (operation is SendOperation send)
        {
            if (core.Sends.TryRemove(send, version) || core.TryWithdraw(send))
            {
                operation.OnNotIssued(KernelError.ECANCELED);
                return;
            }

            // Under its lock the caller ring either finds the send issued, or a later submission finds it cancelled.
            Caller.Cancel(operation, version);
        }

        // Read before the version is checked, so that it is not the next life's.
        ulong target = operation.UserData;
        if (!_closed && target != 0 && operation.IssuedTo == this && operation.Version == version)
        {
            Push(Submission.Cancel(target));
        }
    }

    /// <summary>
    /// The hold is taken here and not when it is posted: retries that come faster than they are carried out must not keep
    /// the descriptor open for each other.
    /// </summary>
    private void CancelAllAgain(SocketCore core)
    {
        if (core.TryStay())
        {
            Caller.CancelSocket(core);
            CancelAll(core);
        }
    }

    private void CancelAll(SocketCore core)
    {
        if (!_closed)
        {
            Push(new Submission { Operation = KernelOperation.CancelSocket, Socket = core.Handle, UserData = Completion.Nobody });
            Flush();
            core.LeavePlace(_ring);
        }

        core.Sends.FailWaiting(KernelError.ECANCELED);
        core.Withdraw();
        core.Incoming?.Close();
        // The kernel has looked the descriptor up; only now may it be closed and its number go to somebody else.
        core.Exit();
    }

    private void Flush()
    {
        _ring.Enter(wait: false);
        while (_ring.HasUnsubmitted)
        {
            _batch.Collect(_ring, _table, OwnCounters);
            _ring.Enter(wait: false);
        }
    }

    private void Push(in Submission submission)
    {
        while (!_ring.TryPush(submission))
        {
            _ring.Enter(wait: false);
            // Reaped but not handed out here: an operation may be in the middle of issuing this very submission.
            _batch.Collect(_ring, _table, OwnCounters);
        }
    }

    private void Reap()
    {
        _batch.Collect(_ring, _table, OwnCounters);
        _batch.Dispatch();
        Caller.ReapOnLoop();
    }

    private void Close()
    {
        // Full fence: see Post. Whatever is posted from now on is run by its poster.
        Interlocked.Exchange(ref _closed, true);
        Trains.Depart();
        Budget.EndRound();
        SpinWait.SpinUntil(() => Volatile.Read(ref _wakers) == 0);
        List<Operation> owed = _table.Snapshot();
        owed.AddRange(Caller.Close());
        _ring.Dispose();
        foreach (Operation operation in owed)
        {
            operation.OnRingClosed();
        }

        Receives.FreeIfUnused();

        while (_local.TryDequeue(out LoopWork work))
        {
            _inbox.Enqueue(work);
        }

        t_current = null;
        SynchronizationContext.SetSynchronizationContext(null);
        RunLeftovers();
        _stopped.SetResult();
    }

    /// <summary>After the end: nothing can be issued any more, and continuations run on the thread pool.</summary>
    private void RunLeftovers()
    {
        while (_inbox.TryDequeue(out LoopWork work))
        {
            switch (work.What)
            {
                case LoopWork.Kind.Run:
                    ThreadPool.UnsafeQueueUserWorkItem((Action<object?>)work.Target!, work.State, preferLocal: false);
                    break;
                case LoopWork.Kind.Post:
                    ThreadPool.UnsafeQueueUserWorkItem(((SendOrPostCallback)work.Target!).Invoke, work.State, preferLocal: false);
                    break;
                case LoopWork.Kind.Issue:
                    ((Operation)work.Target!).OnNotIssued(KernelError.ECANCELED);
                    break;
                case LoopWork.Kind.Cancel:
                    CancelOne((Operation)work.Target!, work.Version);
                    break;
                case LoopWork.Kind.CancelSocket:
                    CancelAll((SocketCore)work.Target!);
                    break;
            }
        }
    }
}
