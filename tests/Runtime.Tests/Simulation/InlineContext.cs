namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>A context that runs what it is posted at once: user code in the middle of whatever posts.</summary>
internal sealed class InlineContext : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => d(state);

    /// <summary>Starts code whose continuations run on such a context.</summary>
    public static Task Start(Func<Task> code)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(new InlineContext());
        try
        {
            return code();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
