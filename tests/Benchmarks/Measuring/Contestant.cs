namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>What a contestant is there for.</summary>
internal enum Role
{
    /// <summary>This library.</summary>
    Ours,

    /// <summary>What the others are compared with.</summary>
    Reference,

    /// <summary>Another way, for comparison by eye.</summary>
    Other,
}

/// <summary>One way to do the work, ready to do it for a while whenever it is its turn.</summary>
/// <param name="name">As in the tables.</param>
/// <param name="role">What it is there for.</param>
internal abstract class Contestant(string name, Role role) : IAsyncDisposable
{
    /// <summary>.NET's own socket.</summary>
    public const string DotNet = "Socket";

    /// <summary>The same with its continuations run on the thread that polls.</summary>
    public const string DotNetInline = "Socket, inline";

    /// <summary>Our own program in C over liburing.</summary>
    public const string Native = "C, io_uring";

    public string Name { get; } = name;

    public Role Role { get; } = role;

    /// <summary>The process under test.</summary>
    public virtual int ProcessId => Environment.ProcessId;

    public abstract Task<Slice> RunAsync(TimeSpan duration);

    public abstract ValueTask DisposeAsync();
}

/// <summary>A contestant this machine cannot run: no compiler, no device, no root.</summary>
internal sealed class NotHereException(string reason) : Exception(reason);
