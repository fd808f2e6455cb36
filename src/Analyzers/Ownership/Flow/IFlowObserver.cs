using Microsoft.CodeAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

internal enum WriteKind
{
    /// <summary>Bytes are changed, or a way to change them is handed out.</summary>
    Write,

    /// <summary>An array is given back to its pool.</summary>
    ReturnToPool,

    /// <summary>A memory owner is disposed.</summary>
    DisposeOwner,
}

/// <summary>A rule: told of what happens once the flow of a method is known.</summary>
internal interface IFlowObserver
{
    /// <summary>A buffer is written while the given sends hold it.</summary>
    void OnWrittenInFlight(IOperation write, WriteKind kind, IReadOnlyCollection<KeyValuePair<FlightKey, Flight>> flights);
}
