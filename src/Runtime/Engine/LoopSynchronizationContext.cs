namespace ZeroCopySockets.Engine;

/// <summary>Keeps ordinary <c>async</c> code that started on a loop on that loop, whatever it awaits.</summary>
internal sealed class LoopSynchronizationContext(ZeroCopyLoop loop) : SynchronizationContext
{
    /// <summary>
    /// Whether code of ours that awaits here should resume here. On a loop, yes: a thread switch would be for nothing. Anywhere
    /// else no context of the user's is asked to run our code.
    /// </summary>
    public static bool IsCurrent => Current is LoopSynchronizationContext;

    public override void Post(SendOrPostCallback d, object? state) => loop.Post(LoopWork.Post(d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (loop.IsCurrent)
        {
            d(state);
            return;
        }

        loop.RunAsync(() =>
        {
            d(state);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
    }

    public override SynchronizationContext CreateCopy() => this;
}
