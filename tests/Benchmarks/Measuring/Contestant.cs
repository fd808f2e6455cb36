namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>One way to do the work, ready to do it for a while whenever it is its turn.</summary>
/// <param name="name">As in the tables.</param>
/// <param name="isReference">Whether the others are compared with it.</param>
internal abstract class Contestant(string name, bool isReference = false) : IAsyncDisposable
{
    public string Name { get; } = name;

    public bool IsReference { get; } = isReference;

    public abstract Task<Slice> RunAsync(TimeSpan duration);

    public abstract ValueTask DisposeAsync();
}
