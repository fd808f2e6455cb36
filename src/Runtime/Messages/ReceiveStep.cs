using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Messages;

/// <summary>
/// One step of a receiver: receives until what came answers the step. An async method would do, but on a loop each of its
/// completions would allocate; this allocates nothing after its construction.
/// </summary>
/// <param name="receive">Starts a receive.</param>
/// <param name="take">Takes in what came: the step's answer, or null when more is needed.</param>
internal sealed class ReceiveStep<T>(Func<ValueTask<T>> receive, Func<T, bool?> take) : IValueTaskSource<bool>, IResumable
{
    private CompletionCore _completion;
    private ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter _receiving;
    private Action? _resume;
    private bool _answer;
    private ExceptionDispatchInfo? _error;
    private short _version;

    public ValueTask<bool> RunAsync()
    {
        while (true)
        {
            ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter receiving = receive().ConfigureAwait(false).GetAwaiter();
            if (!receiving.IsCompleted)
            {
                var step = new ValueTask<bool>(this, _version);
                Wait(receiving);
                return step;
            }

            if (take(receiving.GetResult()) is { } answer)
            {
                return new ValueTask<bool>(answer);
            }
        }
    }

    public bool GetResult(short token)
    {
        ThrowIfStale(token);
        ExceptionDispatchInfo? error = _error;
        bool answer = _answer;
        _error = null;
        _version++;
        _completion.Reset();
        error?.Throw();
        return answer;
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        ThrowIfStale(token);
        return !_completion.IsCompleted ? ValueTaskSourceStatus.Pending
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error.SourceException is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowIfStale(token);
        _completion.OnCompleted(continuation, state, flags);
    }

    void IThreadPoolWorkItem.Execute() => Resume();

    private void Wait(ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter receiving)
    {
        _receiving = receiving;
        receiving.UnsafeOnCompleted(_resume ??= Resume);
    }

    private void Resume()
    {
        try
        {
            while (true)
            {
                if (take(_receiving.GetResult()) is { } answer)
                {
                    _answer = answer;
                    break;
                }

                ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter next = receive().ConfigureAwait(false).GetAwaiter();
                if (!next.IsCompleted)
                {
                    Wait(next);
                    return;
                }

                _receiving = next;
            }
        }
        catch (Exception e)
        {
            _error = ExceptionDispatchInfo.Capture(e);
        }

        _completion.CompleteHere();
    }

    private void ThrowIfStale(short token)
    {
        if (token != _version)
        {
            throw OwnershipErrors.AwaitedTwice();
        }
    }
}
