using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;

namespace ZeroCopySockets.Engine;

/// <summary>
/// The awaitable half of an operation: completion and the registration of a continuation meet here, in either order,
/// and the continuation is scheduled exactly once.
/// </summary>
/// <remarks>
/// Not the framework's ManualResetValueTaskSourceCore: that one posts through a delegate it allocates per completion
/// when the awaiting code runs on a loop.
/// </remarks>
internal struct CompletionCore
{
    private const int Pending = 0;
    private const int Awaited = 1;
    private const int Completed = 2;

    private Continuation _continuation;
    private int _state;

    public readonly bool IsCompleted => Volatile.Read(in _state) == Completed;

    public void OnCompleted(Action<object?> action, object? state, ValueTaskSourceOnCompletedFlags flags) =>
        OnCompleted(Continuation.Capture(action, state, flags));

    public void OnCompleted(in Continuation continuation)
    {
        if (Volatile.Read(ref _state) != Completed)
        {
            _continuation = continuation;
            // The exchange publishes the continuation written above to whoever completes.
            switch (Interlocked.CompareExchange(ref _state, Awaited, Pending))
            {
                case Pending:
                    return;
                case Awaited:
                    throw OwnershipErrors.AwaitedTwice();
            }
        }

        continuation.Schedule();
    }

    /// <summary>Marks the operation complete. What it produced must have been written before.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _state, Completed) == Awaited)
        {
            _continuation.Schedule();
        }
    }

    /// <summary>
    /// As <see cref="Complete"/>, for code that is itself a scheduled continuation: what awaits runs at once where it
    /// belongs on this very thread.
    /// </summary>
    public void CompleteHere()
    {
        if (Interlocked.Exchange(ref _state, Completed) == Awaited)
        {
            _continuation.RunOrSchedule();
        }
    }

    public void Reset()
    {
        _continuation = default;
        _state = Pending;
    }
}
