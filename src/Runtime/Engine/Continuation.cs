using System.Threading.Tasks.Sources;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Something that waits by handing out one delegate of its own, again and again. The thread pool would wrap that delegate in
/// a new object each time; the thing itself it queues as it is.
/// </summary>
internal interface IResumable : IThreadPoolWorkItem;

/// <summary>
/// What to run when an awaited operation completes, and where: on the loop the awaiting code was running on, on its own
/// synchronization context or task scheduler, or on the thread pool. Never on the stack that reaps completions.
/// </summary>
internal struct Continuation
{
    private static readonly object s_inline = new();

    private Action<object?>? _action;
    private object? _state;
    private object? _home;
    private ExecutionContext? _context;

    public static Continuation Capture(Action<object?> action, object? state, ValueTaskSourceOnCompletedFlags flags) => new()
    {
        _action = action,
        _state = state,
        _home = ZeroCopyLoop.Current ?? CaptureScheduler(flags),
        _context = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null,
    };

    /// <summary>For code of ours that may run on the stack that reaps completions, because it runs none of the user's.</summary>
    public static Continuation Inline(Action<object?> action, object? state) => new() { _action = action, _state = state, _home = s_inline };

    /// <summary>Queues the continuation to run. Allocates nothing for an ordinary <c>await</c> or an <see cref="IResumable"/>.</summary>
    public readonly void Schedule()
    {
        Action<object?> action = _action!;
        object? state = _state;
        if (_context is not null)
        {
            // Only awaiters that ask for the context to flow come here; an async method carries its own.
            var flowing = new FlowingCallback(action, state, _context);
            action = FlowingCallback.Run;
            state = flowing;
        }

        switch (_home)
        {
            case null when state is Action { Target: IResumable step }:
                ThreadPool.UnsafeQueueUserWorkItem(step, preferLocal: true);
                break;
            case null:
                ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: true);
                break;
            case ZeroCopyLoop loop:
                loop.Post(LoopWork.Run(action, state));
                break;
            case var home when home == s_inline:
                action(state);
                break;
            case SynchronizationContext context:
                context.Post(action.Invoke, state);
                break;
            case TaskScheduler scheduler:
                Task.Factory.StartNew(action, state, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
                break;
        }
    }

    /// <summary>Runs at once where this thread is where it belongs, else as <see cref="Schedule"/>.</summary>
    public readonly void RunOrSchedule()
    {
        if (_context is null && ReferenceEquals(_home, ZeroCopyLoop.Current) && (_home is not null || Thread.CurrentThread.IsThreadPoolThread))
        {
            _action!(_state);
        }
        else
        {
            Schedule();
        }
    }

    private static object? CaptureScheduler(ValueTaskSourceOnCompletedFlags flags)
    {
        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) == 0)
        {
            return null;
        }

        if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
        {
            return context;
        }

        return TaskScheduler.Current != TaskScheduler.Default ? TaskScheduler.Current : null;
    }

    private sealed class FlowingCallback(Action<object?> action, object? state, ExecutionContext context)
    {
        public static readonly Action<object?> Run = static callback => ((FlowingCallback)callback!).Invoke();

        private void Invoke() => ExecutionContext.Run(context, static self => ((FlowingCallback)self!).InvokeAction(), this);

        private void InvokeAction() => action(state);
    }
}
