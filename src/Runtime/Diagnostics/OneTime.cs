using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// In guard mode, a ValueTask that can be awaited once even where its result is there at once or stands for a recycle: what is pooled
/// finds out by itself, and the rest would answer again and again.
/// </summary>
internal static class OneTime
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ValueTask<T> Once<T>(this Guard? guard, ValueTask<T> task) => guard is null ? task : new ValueTask<T>(new Source<T>(task), 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ValueTask Once(this Guard? guard, ValueTask task) => guard is null ? task : new ValueTask(new Source(task), 0);

    private sealed class Source<T>(ValueTask<T> task) : IValueTaskSource<T>
    {
        private Taking _taking;

        public ValueTaskSourceStatus GetStatus(short token) =>
            _taking.IsOver ? throw OwnershipErrors.AwaitedTwice() : StatusOf(task.IsCompleted, task.IsCompletedSuccessfully, task.IsCanceled);

        public T GetResult(short token)
        {
            _taking.Take();
            return task.GetAwaiter().GetResult();
        }

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            Await(task.ConfigureAwait(Resumes(flags)).GetAwaiter(), continuation, state, flags);
    }

    private sealed class Source(ValueTask task) : IValueTaskSource
    {
        private Taking _taking;

        public ValueTaskSourceStatus GetStatus(short token) =>
            _taking.IsOver ? throw OwnershipErrors.AwaitedTwice() : StatusOf(task.IsCompleted, task.IsCompletedSuccessfully, task.IsCanceled);

        public void GetResult(short token)
        {
            _taking.Take();
            task.GetAwaiter().GetResult();
        }

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            Await(task.ConfigureAwait(Resumes(flags)).GetAwaiter(), continuation, state, flags);
    }

    private struct Taking
    {
        private int _isOver;

        public readonly bool IsOver => Volatile.Read(in _isOver) != 0;

        public void Take()
        {
            if (Interlocked.Exchange(ref _isOver, 1) != 0)
            {
                throw OwnershipErrors.AwaitedTwice();
            }
        }
    }

    private static bool Resumes(ValueTaskSourceOnCompletedFlags flags) => (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0;

    private static ValueTaskSourceStatus StatusOf(bool isCompleted, bool isSuccess, bool isCanceled) =>
        !isCompleted ? ValueTaskSourceStatus.Pending
        : isSuccess ? ValueTaskSourceStatus.Succeeded
        : isCanceled ? ValueTaskSourceStatus.Canceled
        : ValueTaskSourceStatus.Faulted;

    private static void Await<TAwaiter>(TAwaiter awaiter, Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
        where TAwaiter : ICriticalNotifyCompletion
    {
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0)
        {
            awaiter.OnCompleted(() => continuation(state));
        }
        else
        {
            awaiter.UnsafeOnCompleted(() => continuation(state));
        }
    }
}
