using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Diagnostics;

/// <summary>
/// The meter "ZeroCopySockets". Every instrument is observable: it reads what the engines count anyway when somebody
/// collects, so traffic pays nothing. One measurement per running engine, told apart by its number and kind; an engine
/// that was disposed is no longer reported. docs/METRICS.md is the list for users.
/// </summary>
internal static class EngineMeter
{
    public const string Name = "ZeroCopySockets";

    private static readonly ConcurrentDictionary<ZeroCopyEngine, KeyValuePair<string, object?>[]> s_engines = new();
    private static readonly Meter s_meter = new(Name, typeof(EngineMeter).Assembly.GetName().Version?.ToString(3));

    static EngineMeter()
    {
        s_meter.CreateObservableCounter("zerocopysockets.sends", Sends, "{send}", "Sends by how they travelled, and why where they were copied.");
        s_meter.CreateObservableCounter("zerocopysockets.bytes.sent", () => PerEngine(static e => e.Count(static c => c.BytesSent)), "By",
            "Payload bytes the kernel accepted.");
        s_meter.CreateObservableUpDownCounter("zerocopysockets.sends.owed", () => PerEngine(static e => e.Count(static c => c.Owed)), "{send}",
            "Sends whose memory the kernel has not given back.");
        s_meter.CreateObservableUpDownCounter("zerocopysockets.buffers", Buffers, "{buffer}", "Buffers of the pool by state.");
        s_meter.CreateObservableCounter("zerocopysockets.lease.waits", () => PerEngine(static e => e.Pool.Waits), "{wait}",
            "Rents that had to wait because no buffer was free.");
        s_meter.CreateObservableCounter("zerocopysockets.lease.timeouts", () => PerEngine(static e => e.Pool.Timeouts), "{wait}",
            "Waits for a buffer that ended with a TimeoutException.");
        s_meter.CreateObservableUpDownCounter("zerocopysockets.sockets", () => PerEngine(static e => e.OpenSockets), "{socket}",
            "Sockets and listeners that are open.");
        s_meter.CreateObservableCounter("zerocopysockets.completions.stale", () => PerEngine(static e => e.Count(static c => c.StaleCompletions)), "{completion}",
            "Completions that belonged to no operation. Anything but 0 is a bug.");
        s_meter.CreateObservableCounter("zerocopysockets.guard.violations", () => PerEngine(static e => e.Operations.Guard?.Violations ?? 0), "{violation}",
            "Violations that guard mode found of memory that the kernel had.");
    }

    public static void Add(ZeroCopyEngine engine) => s_engines.TryAdd(engine,
    [
        new("zerocopysockets.engine.id", engine.Id),
        new("zerocopysockets.engine.kind", NameOf(engine.Kind)),
    ]);

    public static void Remove(ZeroCopyEngine engine) => s_engines.TryRemove(engine, out _);

    /// <summary>The attribute value of a reason, as OpenTelemetry writes such values.</summary>
    public static string NameOf(CopyReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    private static IEnumerable<Measurement<long>> PerEngine(Func<ZeroCopyEngine, long> read)
    {
        foreach ((ZeroCopyEngine engine, KeyValuePair<string, object?>[] tags) in s_engines)
        {
            yield return new Measurement<long>(read(engine), tags);
        }
    }

    private static IEnumerable<Measurement<long>> Sends()
    {
        foreach ((ZeroCopyEngine engine, KeyValuePair<string, object?>[] tags) in s_engines)
        {
            yield return new Measurement<long>(engine.Count(static c => c.ZeroCopied), [.. tags, new("outcome", "zero_copied")]);
            yield return new Measurement<long>(engine.Count(static c => c.KernelCopied), [.. tags, new("outcome", "kernel_copied")]);
            foreach (CopyReason reason in Enum.GetValues<CopyReason>())
            {
                yield return new Measurement<long>(engine.Count(c => c.Copied(reason)), [.. tags, new("outcome", "copied"), new("reason", NameOf(reason))]);
            }
        }
    }

    private static IEnumerable<Measurement<long>> Buffers()
    {
        foreach ((ZeroCopyEngine engine, KeyValuePair<string, object?>[] tags) in s_engines)
        {
            (int free, int leased, int inFlight, int quarantined) = engine.Pool.Count();
            yield return new Measurement<long>(free, [.. tags, new("state", "free")]);
            yield return new Measurement<long>(leased, [.. tags, new("state", "leased")]);
            yield return new Measurement<long>(inFlight, [.. tags, new("state", "in_flight")]);
            yield return new Measurement<long>(quarantined, [.. tags, new("state", "quarantined")]);
        }
    }

    private static string NameOf(EngineKind kind) => kind == EngineKind.IoUring ? "io_uring" : "portable";
}
