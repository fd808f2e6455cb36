using ZeroCopySockets.Buffers;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// The ring beside a loop through which every other thread sends: it submits and reaps on its own thread, under a lock,
/// and so needs no thread switch when the kernel answers at once. What is still outstanding when the lock is released
/// wakes the loop, which reaps it here.
/// </summary>
internal sealed class CallerRing(KernelRing ring, EngineCounters counters)
{
    private readonly Lock _gate = new();
    private readonly OperationTable _table = new();
    private int _outstanding;
    private bool _closed;

    public void RegisterSlab(Slab slab, KernelRing source) => ring.RegisterSlab(slab, source);

    /// <summary>Submits one operation and hands out whatever has completed by the time the kernel returns.</summary>
    public void Submit(Operation operation) => Submit([operation], CompletionBatch.ForThisThread);

    /// <summary>Submits many in one system call, likewise.</summary>
    /// <param name="operations">Sends that may go.</param>
    /// <param name="batch">Room for as many completions, which whichever thread this is need not have.</param>
    public void Submit(ReadOnlySpan<Operation> operations, CompletionBatch batch)
    {
        List<Operation>? refused = null;
        lock (_gate)
        {
            foreach (Operation operation in operations)
            {
                if (_closed || operation.CancelRequested || operation.Core!.IsClosing)
                {
                    (refused ??= []).Add(operation);
                    continue;
                }

                Submission submission = default;
                operation.Describe(ref submission);
                submission.Socket = operation.Core.Handle;
                submission.UserData = operation.UserData = _table.Add(operation);
                operation.IssuedTo = this;
                operation.OnIssued();
                Push(submission, batch);
            }

            if (!_closed)
            {
                EnterAndCollect(batch);
            }
        }

        refused?.ForEach(static operation => operation.OnNotIssued(KernelError.ECANCELED));
        batch.Dispatch();
    }

    /// <summary>Asks the kernel to cancel the operation if it was issued here.</summary>
    public void Cancel(Operation operation, int version)
    {
        var batch = CompletionBatch.ForThisThread;
        lock (_gate)
        {
            ulong target = operation.UserData;
            if (!_closed && target != 0 && operation.IssuedTo == this && operation.Version == version)
            {
                Push(Submission.Cancel(target), batch);
                EnterAndCollect(batch);
            }
        }

        batch.Dispatch();
    }

    /// <summary>Cancels whatever the socket has outstanding here. Later submissions find it closing.</summary>
    public void CancelSocket(SocketCore core)
    {
        var batch = CompletionBatch.ForThisThread;
        lock (_gate)
        {
            if (!_closed && _table.Count > 0)
            {
                Push(new Submission { Operation = KernelOperation.CancelSocket, Socket = core.Handle, UserData = Completion.Nobody }, batch);
                EnterAndCollect(batch);
            }
        }

        batch.Dispatch();
    }

    /// <summary>On the loop: takes in what completed after its caller had left.</summary>
    public void ReapOnLoop()
    {
        if (Volatile.Read(ref _outstanding) == 0)
        {
            return;
        }

        var batch = CompletionBatch.ForThisThread;
        lock (_gate)
        {
            if (!_closed)
            {
                batch.Collect(ring, _table, counters);
                Settle(batch);
            }
        }

        batch.Dispatch();
    }

    /// <summary>Closes the ring. What the kernel still owed is returned: it will never be told.</summary>
    public List<Operation> Close()
    {
        lock (_gate)
        {
            _closed = true;
            List<Operation> owed = _table.Snapshot();
            ring.Dispose();
            return owed;
        }
    }

    private void Push(in Submission submission, CompletionBatch batch)
    {
        while (!ring.TryPush(submission))
        {
            ring.Enter(wait: false);
            batch.Collect(ring, _table, counters);
        }
    }

    private void EnterAndCollect(CompletionBatch batch)
    {
        // Our own completions need wake nobody: they are reaped below.
        ring.SignalsLoop = false;
        ring.Enter(wait: false);
        batch.Collect(ring, _table, counters);
        while (ring.HasUnsubmitted)
        {
            // Short of memory, the kernel took nothing: nobody else would ever submit it.
            Thread.Yield();
            ring.Enter(wait: false);
            batch.Collect(ring, _table, counters);
        }

        Settle(batch);
    }

    private void Settle(CompletionBatch batch)
    {
        // Told before the loop can be woken: it looks here first, without the lock, and would sleep on a 0.
        Volatile.Write(ref _outstanding, _table.Count);
        if (_table.Count > 0)
        {
            // From here the loop is told; what slipped in before that is collected now.
            ring.SignalsLoop = true;
            batch.Collect(ring, _table, counters);
            Volatile.Write(ref _outstanding, _table.Count);
        }
    }
}
