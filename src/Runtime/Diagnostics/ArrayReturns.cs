using System.Diagnostics.Tracing;

namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// Tells the guard of every array that goes back to an <see cref="System.Buffers.ArrayPool{T}"/>, on the stack that returns it. The pools of
/// .NET tell it as an event, by the array's identity hash and length; so do <see cref="System.Buffers.MemoryPool{T}"/> and pipes,
/// which rent there. Where events are switched off (EventSourceSupport, as NativeAOT has it) there is nothing to hear.
/// </summary>
internal sealed class ArrayReturns(Guard guard) : EventListener
{
    private const string Pools = "System.Buffers.ArrayPoolEventSource";
    private const int BufferReturned = 3;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Pools)
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == BufferReturned && eventData.EventSource.Name == Pools && eventData.Payload is [int id, int length, ..])
        {
            guard.OnArrayReturned(id, length);
        }
    }
}
