using System.Diagnostics.Metrics;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Runtime.Tests.Simulation;

namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>What a collector sees. Would catch an instrument that reads the wrong count, and an engine that is reported after its end.</summary>
public sealed class MeterTests
{
    [Fact]
    public async Task Sends_are_reported_by_outcome_and_reason()
    {
        await using var sim = new SimulatedSockets();
        await SendAsync(sim, 2000, copied: false);
        await SendAsync(sim, 2000, copied: true);
        sim.Datagram.Policy = ZeroCopyPolicy.Never;
        Task copying = sim.Datagram.SendAndRecycleAsync(new byte[10]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(10);
        await copying.WaitAsync(MoreRuleTests.Deadline);

        Collection collected = Collection.Of(sim.Engine);
        Assert.Equal(1, collected["zerocopysockets.sends", "zero_copied"]);
        Assert.Equal(1, collected["zerocopysockets.sends", "kernel_copied"]);
        Assert.Equal(1, collected["zerocopysockets.sends", "copied", "policy_never"]);
        Assert.Equal(0, collected["zerocopysockets.sends", "copied", "below_threshold"]);
        Assert.Equal(4010, collected["zerocopysockets.bytes.sent"]);
    }

    [Fact]
    public async Task What_is_owed_and_where_the_buffers_are_is_reported()
    {
        await using var sim = new SimulatedSockets();
        BufferLease lease = sim.Datagram.Rent(100);
        BufferLease idle = sim.Datagram.Rent(100);
        Task sending = sim.Datagram.SendAndRecycleAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();

        Collection collected = Collection.Of(sim.Engine);
        Assert.Equal(1, collected["zerocopysockets.sends.owed"]);
        Assert.Equal(1, collected["zerocopysockets.buffers", "in_flight"]);
        Assert.Equal(1, collected["zerocopysockets.buffers", "leased"]);
        Assert.Equal(12, collected["zerocopysockets.buffers", "free"]);
        Assert.Equal(0, collected["zerocopysockets.buffers", "quarantined"]);
        Assert.Equal(2, collected["zerocopysockets.sockets"]);
        Assert.Equal(0, collected["zerocopysockets.completions.stale"]);
        Assert.Equal(0, collected["zerocopysockets.guard.violations"]);

        submitted.Complete(100);
        await sending.WaitAsync(MoreRuleTests.Deadline);
        lease.Dispose();
        idle.Dispose();
        Assert.Equal(0, Collection.Of(sim.Engine)["zerocopysockets.sends.owed"]);
    }

    [Fact]
    public async Task Waits_for_a_buffer_are_reported_and_those_that_failed()
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions
        {
            Engine = EngineKind.Portable,
            SmallBuffers = 0,
            MediumBuffers = 0,
            LargeBuffers = 1,
            LeaseTimeout = TimeSpan.FromMilliseconds(20),
        });
        using (engine.Rent(1))
        {
            await Assert.ThrowsAsync<TimeoutException>(() => engine.RentAsync(1).AsTask());
        }

        Collection collected = Collection.Of(engine);
        Assert.Equal(1, collected["zerocopysockets.lease.waits"]);
        Assert.Equal(1, collected["zerocopysockets.lease.timeouts"]);
    }

    [Fact]
    public async Task Two_engines_are_told_apart_and_one_that_ended_is_silent()
    {
        ZeroCopyEngine first = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.Portable, LoopCount = 1 });
        await using ZeroCopyEngine second = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.Portable, LoopCount = 1 });
        Assert.NotEqual(first.Id, second.Id);
        Assert.NotEmpty(Collection.Of(first).Names);
        await first.DisposeAsync();
        Assert.Empty(Collection.Of(first).Names);
        Assert.NotEmpty(Collection.Of(second).Names);
        Assert.All(Collection.Of(second).Kinds, kind => Assert.Equal("portable", kind));
    }

    [Fact]
    public void Every_instrument_unit_and_reason_is_in_the_documentation()
    {
        string documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "METRICS.md"));
        List<Instrument> instruments = Collection.Instruments();
        Assert.NotEmpty(instruments);
        foreach (Instrument instrument in instruments)
        {
            Assert.Matches($@"\| `{instrument.Name.Replace(".", @"\.")}` \| [a-z -]+ \| `{instrument.Unit}` \|", documentation);
            Assert.True(instrument.IsObservable, $"{instrument.Name} costs something where nobody looks.");
        }

        Assert.All(Enum.GetValues<CopyReason>(), reason => Assert.Contains($"`{EngineMeter.NameOf(reason)}`", documentation, StringComparison.Ordinal));
    }

    private static async Task SendAsync(SimulatedSockets sim, int length, bool copied)
    {
        Task sending = sim.Datagram.SendAndRecycleAsync(new byte[length]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(length);
        submitted.Notify(copied);
        await sending.WaitAsync(MoreRuleTests.Deadline);
    }

    /// <summary>One collection, of one engine's measurements.</summary>
    private sealed class Collection
    {
        private readonly Dictionary<string, long> _values = [];

        public HashSet<string> Names { get; } = [];

        public HashSet<string> Kinds { get; } = [];

        public long this[string instrument, params string[] attributes] => _values[string.Join(' ', [instrument, .. attributes])];

        public static Collection Of(ZeroCopyEngine engine)
        {
            var collection = new Collection();
            using MeterListener listener = Listen(static (instrument, listener) => listener.EnableMeasurementEvents(instrument));
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => collection.Take(engine.Id, instrument.Name, value, tags));
            listener.RecordObservableInstruments();
            return collection;
        }

        public static List<Instrument> Instruments()
        {
            var instruments = new List<Instrument>();
            using MeterListener listener = Listen((instrument, _) => instruments.Add(instrument));
            return instruments;
        }

        private static MeterListener Listen(Action<Instrument, MeterListener> published)
        {
            var listener = new MeterListener
            {
                InstrumentPublished = (instrument, self) =>
                {
                    if (instrument.Meter.Name == "ZeroCopySockets")
                    {
                        published(instrument, self);
                    }
                },
            };
            listener.Start();
            return listener;
        }

        private void Take(int engine, string name, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var attributes = tags.ToArray().ToDictionary();
            if (Equals(attributes["zerocopysockets.engine.id"], engine))
            {
                Names.Add(name);
                Kinds.Add((string)attributes["zerocopysockets.engine.kind"]!);
                IEnumerable<string> own = attributes.Where(a => !a.Key.StartsWith("zerocopysockets.", StringComparison.Ordinal)).Select(a => (string)a.Value!);
                _values.Add(string.Join(' ', [name, .. own]), value);
            }
        }
    }
}
