using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>What is done with a buffer, or with a ValueTask.</summary>
internal enum UseKind
{
    /// <summary>Bytes are changed, or a way to change them is handed out.</summary>
    Write,

    /// <summary>Bytes are read, or a way to read them is handed out.</summary>
    Read,

    /// <summary>The buffer is lent to the kernel.</summary>
    Send,

    /// <summary>The lease is disposed.</summary>
    Dispose,

    /// <summary>The lease is handed to a method that takes it over.</summary>
    HandOn,

    /// <summary>An array is given back to its pool.</summary>
    ReturnToPool,

    /// <summary>A memory owner is disposed.</summary>
    DisposeOwner,

    /// <summary>The reader of a pipe is told that the bytes are done with.</summary>
    AdvancePipe,

    /// <summary>The engine whose buffer it is goes.</summary>
    DisposeEngine,

    /// <summary>The block ends that keeps the memory in place.</summary>
    LeaveBlock,

    /// <summary>A ValueTask is used up.</summary>
    Await,
}

/// <summary>The rules: told of what happens once the flow of a method is known.</summary>
internal interface IFlowObserver
{
    /// <summary>A buffer is used while it is certainly held in a way that forbids it.</summary>
    void OnConflict(IOperation use, UseKind kind, IReadOnlyCollection<KeyValuePair<HoldKey, Hold>> holds);

    /// <summary>A buffer is used, rightly or not.</summary>
    void OnUsed(AbstractValue target, UseKind kind);

    /// <summary>Code out of sight gets to know of a value, or somebody waits for its sends in a way that tells only them.</summary>
    void OnEscaped(AbstractValue value);

    /// <summary>A path returns, with this result where it has one; finallys are still to come.</summary>
    void OnReturning(FlowState state, AbstractValue result);

    /// <summary>Paths leave the method; what they return is owed no more.</summary>
    void OnLeft(FlowState state);
}
