using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Runtime.Tests.Simulation;

namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>What dotnet-trace sees. Would catch an event that is never written, or written by the wrong hand.</summary>
public sealed class EventTests
{
    [Fact]
    public void The_manifest_is_valid() =>
        // Throws where an event method and its attribute disagree; at run time that is silent.
        Assert.NotNull(EventSource.GenerateManifest(typeof(ZeroCopyEventSource), null, EventManifestOptions.Strict));

    [Fact]
    public async Task An_engine_says_what_carries_the_traffic_and_when_it_ends()
    {
        using var events = new Events();
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.Portable, LoopCount = 1 });
        await engine.DisposeAsync();
        EventWrittenEventArgs started = events.Single("EngineStarted", engine);
        Assert.Equal("Portable", started.Payload![1]);
        Assert.Equal(engine.Description, started.Payload[2]);
        Assert.Equal(0, events.Single("EngineEnded", engine).Payload![1]);
    }

    [Fact]
    public async Task Sockets_are_seen_to_open_and_close()
    {
        using var events = new Events();
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.Portable, LoopCount = 1 });
        await engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0)).DisposeAsync();
        Assert.Equal(events.Single("SocketOpened", engine).Payload![1], events.Single("SocketClosed", engine).Payload![1]);
    }

    [Fact]
    public async Task A_socket_that_goes_over_to_copying_says_so_once_and_why()
    {
        using var events = new Events();
        await using var sim = new SimulatedSockets();
        sim.Datagram.Policy = ZeroCopyPolicy.Always;
        for (int i = 0; i < 2; i++)
        {
            Task sending = sim.Datagram.SendAndRecycleAsync(new byte[8192]).AsTask();
            Submitted submitted = await sim.Kernel.NextAsync();
            submitted.CompleteWithMore(8192);
            submitted.Notify(copied: true);
            await sending.WaitAsync(MoreRuleTests.Deadline);
        }

        Assert.Contains("kernel reported", (string)events.Single("SwitchedToCopy", sim.Engine).Payload![1]!, StringComparison.Ordinal);
        Task refused = sim.Stream.SendAndRecycleAsync(new byte[8192]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EOPNOTSUPP);
        (await sim.Kernel.NextAsync()).Complete(8192);
        await refused.WaitAsync(MoreRuleTests.Deadline);
        Assert.Contains("refuses", (string)events.Of("SwitchedToCopy", sim.Engine)[1].Payload![1]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_close_that_gives_up_waiting_and_memory_that_is_lost_are_told()
    {
        using var events = new Events();
        var sim = new SimulatedSockets();
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new byte[5000]).AsTask();
        (await sim.Kernel.NextAsync()).CompleteWithMore(5000);
        await sending;
        await sim.Stream.DisposeAsync();
        Assert.Equal(1, events.Single("CloseTimedOut", sim.Engine).Payload![2]);
        await sim.DisposeAsync();
        Assert.Equal(5000, events.Single("MemoryQuarantined", sim.Engine).Payload![1]);
    }

    [Fact]
    public async Task A_guard_violation_is_an_error_event_with_the_call_site()
    {
        using var events = new Events();
        await using var sim = new SimulatedSockets(options: new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always, Guard = GuardMode.Check });
        sim.Engine.GuardViolated += static (_, _) => { };
        byte[] memory = new byte[5000];
        Task sending = sim.Datagram.SendAndRecycleAsync(memory).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        memory[1]++;
        submitted.Complete(5000);
        await Assert.ThrowsAsync<InvalidOperationException>(() => sending.WaitAsync(MoreRuleTests.Deadline));
        EventWrittenEventArgs violated = events.Single("GuardViolated", sim.Engine);
        Assert.Equal(EventLevel.Error, violated.Level);
        Assert.Contains(nameof(A_guard_violation_is_an_error_event_with_the_call_site), (string)violated.Payload![2]!, StringComparison.Ordinal);
    }

    /// <summary>Everything the source wrote while this was there. Tests run beside each other: an engine's number picks its own.</summary>
    private sealed class Events : EventListener
    {
        private readonly ConcurrentQueue<EventWrittenEventArgs> _written = new();

        public EventWrittenEventArgs Single(string name, ZeroCopyEngine engine) => Assert.Single(Of(name, engine));

        public List<EventWrittenEventArgs> Of(string name, ZeroCopyEngine engine) =>
            [.. _written.Where(e => e.EventName == name && Equals(e.Payload![0], engine.Id))];

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == "ZeroCopySockets")
            {
                EnableEvents(source, EventLevel.Verbose);
            }
        }

        // Called while the base constructor runs, too, but of this source only when it was enabled above.
        protected override void OnEventWritten(EventWrittenEventArgs written) => _written?.Enqueue(written);
    }
}
