namespace ZeroCopySockets.Engine;

/// <summary>
/// Completions taken off a ring and matched with their operations, to be handed out only afterwards: no operation
/// moves on while the ring's own state is half updated.
/// </summary>
internal sealed class CompletionBatch
{
    [ThreadStatic]
    private static CompletionBatch? t_current;

    private readonly List<(Operation Operation, Completion Completion)> _items = new(64);

    /// <summary>The calling thread's batch; empty.</summary>
    public static CompletionBatch ForThisThread => t_current ??= new CompletionBatch();

    /// <summary>Takes everything off the ring. Completions that belong to nobody are counted.</summary>
    public void Collect(KernelRing ring, OperationTable table, EngineCounters counters)
    {
        Span<Completion> completions = stackalloc Completion[64];
        int count;
        while ((count = ring.Reap(completions)) > 0)
        {
            foreach (ref readonly Completion completion in completions[..count])
            {
                if (table.Match(completion) is { } operation)
                {
                    _items.Add((operation, completion));
                }
                else
                {
                    counters.CountStaleCompletion();
                }
            }
        }
    }

    /// <summary>Hands every completion to its operation.</summary>
    public void Dispatch()
    {
        for (int i = 0; i < _items.Count; i++)
        {
            (Operation operation, Completion completion) = _items[i];
            operation.OnCompletion(completion);
        }

        _items.Clear();
    }
}
