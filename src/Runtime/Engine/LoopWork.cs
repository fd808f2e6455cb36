using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>One thing for a loop to do, posted by any thread. A value: queueing it allocates nothing.</summary>
internal readonly struct LoopWork
{
    public enum Kind : byte
    {
        Run,
        Post,
        Issue,
        Cancel,
        CancelSocket,
        CancelSocketAgain,
        Stop,
    }

    private LoopWork(Kind what, object? target, object? state, int version)
    {
        What = what;
        Target = target;
        State = state;
        Version = version;
    }

    public Kind What { get; }

    public object? Target { get; }

    public object? State { get; }

    public int Version { get; }

    public static LoopWork Run(Action<object?> action, object? state) => new(Kind.Run, action, state, 0);

    /// <summary>The same, as a synchronization context is given it.</summary>
    public static LoopWork Post(SendOrPostCallback callback, object? state) => new(Kind.Post, callback, state, 0);

    public static LoopWork Issue(Operation operation) => new(Kind.Issue, operation, null, 0);

    public static LoopWork Cancel(Operation operation, int version) => new(Kind.Cancel, operation, null, version);

    public static LoopWork CancelSocket(SocketCore core) => new(Kind.CancelSocket, core, null, 0);

    public static LoopWork CancelSocketAgain(SocketCore core) => new(Kind.CancelSocketAgain, core, null, 0);

    public static LoopWork Stop() => new(Kind.Stop, null, null, 0);
}
