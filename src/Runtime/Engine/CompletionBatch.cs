using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Completions taken off a ring and matched with their operations, to be handed out only afterwards: no operation
/// moves on while the ring's own state is half updated.
/// </summary>
internal sealed class CompletionBatch
{
    [ThreadStatic]
    private static CompletionBatch? t_current;

    private (Operation Operation, Completion Completion)[] _items = new (Operation, Completion)[64];
    private int _count;
    private int _next;

    /// <summary>The calling thread's batch; empty.</summary>
    public static CompletionBatch ForThisThread => t_current ??= new CompletionBatch();

    /// <summary>Whether everything collected has been handed out.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Takes everything off the ring. Completions that belong to nobody are counted.</summary>
    [SkipLocalsInit]
    public void Collect(KernelRing ring, OperationTable table, EngineCounters counters)
    {
        Span<Completion> completions = stackalloc Completion[64];
        int count;
        while ((count = ring.Reap(completions)) > 0)
        {
            foreach (ref readonly Completion completion in completions[..count])
            {
                if (completion.IsCancel)
                {
                    RetryIfMissed(completion, table);
                }
                else if (table.Match(completion) is { } operation)
                {
                    Add(operation, completion);
                }
                else
                {
                    counters.CountStaleCompletion();
                }
            }
        }
    }

    /// <summary>
    /// A cancellation that came while a kernel worker ran the operation (EALREADY), or while it was between two places where
    /// it could be found (ENOENT), did nothing: it is made again as long as the operation is out.
    /// </summary>
    private static void RetryIfMissed(in Completion cancel, OperationTable table)
    {
        if (cancel.Result is -KernelError.EALREADY or -KernelError.ENOENT && table.Find(cancel.CancelTarget) is { } missed && missed.UserData == cancel.CancelTarget)
        {
            missed.CancelAgainLater();
        }
    }

    /// <summary>
    /// Hands every completion to its operation, once each even where a synchronization context of the user's runs what it is
    /// posted at once and so comes back here.
    /// </summary>
    public void Dispatch()
    {
        while (_next < _count)
        {
            // A copy, because what is handed out may collect more, for which there may be no room here.
            (Operation operation, Completion completion) = _items[_next++];
            operation.OnCompletion(completion);
        }

        // Not kept here: what stands for a connection is not pooled, and would keep it after its end.
        Array.Clear(_items, 0, _count);
        _count = _next = 0;
    }

    private void Add(Operation operation, in Completion completion)
    {
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, 2 * _count);
        }

        ref (Operation Operation, Completion Completion) item = ref _items[_count++];
        item.Operation = operation;
        item.Completion = completion;
    }
}
