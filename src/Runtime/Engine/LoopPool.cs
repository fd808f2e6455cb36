using Microsoft.Extensions.ObjectPool;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Idle operations of one loop's own code: last in, first out, because the last is in the cache still, and without a lock, because only
/// the loop's thread comes here. What it lacks, or has too many of, it gets from the engine's pool, or gives there.
/// </summary>
internal sealed class LoopPool<T>(ObjectPool<T> shared) where T : class
{
    private const int Retained = 256;

    private readonly Place[] _idle = new Place[Retained];
    private int _count;

    public T Get() => _count > 0 ? _idle[--_count].Operation : shared.Get();

    public void Return(T operation)
    {
        if (_count < Retained)
        {
            _idle[_count++].Operation = operation;
        }
        else
        {
            shared.Return(operation);
        }
    }

    /// <summary>An array of classes would check the class of whatever is written to it.</summary>
    private struct Place
    {
        public T Operation;
    }
}
