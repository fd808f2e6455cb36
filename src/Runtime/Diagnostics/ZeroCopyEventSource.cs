using System.Diagnostics.Tracing;

namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// What happens rarely and a person wants to know, for <c>dotnet-trace collect --providers ZeroCopySockets</c> and
/// <see cref="EventListener"/>. Nothing is on the path of an ordinary send. docs/METRICS.md lists the events.
/// </summary>
/// <remarks>Sockets are named by their descriptor, as in /proc/self/fd and ss(8); a number may be used again after its close event.</remarks>
[EventSource(Name = "ZeroCopySockets")]
internal sealed class ZeroCopyEventSource : EventSource
{
    public static readonly ZeroCopyEventSource Log = new();

    private ZeroCopyEventSource()
    {
    }

    /// <summary>The one line that says which engine carries the traffic, and why that one.</summary>
    [Event(1, Level = EventLevel.Informational, Message = "engine {0} started: {2}")]
    public void EngineStarted(int engine, string kind, string description) => WriteEvent(1, engine, kind, description);

    [Event(2, Level = EventLevel.Informational, Message = "engine {0} ended, {1} buffers quarantined")]
    public void EngineEnded(int engine, int quarantined) => WriteEvent(2, engine, quarantined);

    [Event(3, Level = EventLevel.Warning, Message = "falling back to the portable engine: {0}")]
    public void FellBack(string reason) => WriteEvent(3, reason);

    [Event(4, Level = EventLevel.Warning, Message = "engine {0}: buffers are not registered: {1}")]
    public void RegistrationFailed(int engine, string problem) => WriteEvent(4, engine, problem);

    [Event(5, Level = EventLevel.Verbose, Message = "engine {0}: socket {1} opened on loop {2}")]
    public void SocketOpened(int engine, int socket, int loop) => WriteEvent(5, engine, socket, loop);

    [Event(6, Level = EventLevel.Verbose, Message = "engine {0}: socket {1} closed, {2} sends owed")]
    public void SocketClosed(int engine, int socket, int owed) => WriteEvent(6, engine, socket, owed);

    [Event(7, Level = EventLevel.Warning, Message = "engine {0}: socket {1} closed its wait with {2} sends owed: the peer does not read; their buffers return when the kernel lets go")]
    public void CloseTimedOut(int engine, int socket, int owed) => WriteEvent(7, engine, socket, owed);

    [Event(8, Level = EventLevel.Error, Message = "engine {0}: {1} bytes quarantined: its rings ended while the kernel owned them")]
    public void MemoryQuarantined(int engine, int bytes) => WriteEvent(8, engine, bytes);

    [Event(9, Level = EventLevel.Informational, Message = "engine {0}: a socket now copies its sends: {1}")]
    public void SwitchedToCopy(int engine, string reason) => WriteEvent(9, engine, reason);

    [Event(10, Level = EventLevel.Error, Message = "engine {0}: {1} bytes lent by {2} were written or given up while the kernel had them")]
    public void GuardViolated(int engine, int bytes, string sendCallSite) => WriteEvent(10, engine, bytes, sendCallSite);
}
