namespace ZeroCopySockets.Runtime.Tests;

/// <summary>
/// Tests that give each its own engine and its own end: a deadline, after which a hang is a failure that says where the
/// buffers were, and a look at the books, in which nothing may be left.
/// </summary>
public abstract class EngineSuite(EngineKind kind)
{
    /// <summary>Ample for a busy machine: it only turns a hang into a failure.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(40);

    /// <summary>The engine under test.</summary>
    protected EngineKind Kind => kind;

    /// <summary>Runs a test on an engine with default options.</summary>
    protected Task OnEngine(Func<ZeroCopyEngine, Task> test) => OnEngine(new ZeroCopyOptions(), test);

    /// <summary>Runs a test on an engine of its own, as ordinary code of an application would run: on the thread pool.</summary>
    protected async Task OnEngine(ZeroCopyOptions options, Func<ZeroCopyEngine, Task> test)
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(options with { Engine = kind });
        try
        {
            await Finish(Task.Run(() => test(engine)), engine, "The test");
            await Books.AssertNothingLeftAsync(engine);
        }
        catch
        {
            // So that one failure does not look like many: the next test counts descriptors, say.
            _ = engine.DisposeAsync();
            throw;
        }

        await Finish(engine.DisposeAsync().AsTask(), engine, "Disposing the engine");
        Books.AssertNothingLost(engine);
    }

    /// <summary>Runs a test that creates and ends its engines itself.</summary>
    protected static Task WithDeadline(Func<Task> test) => Finish(Task.Run(test), null, "The test");

    private static async Task Finish(Task task, ZeroCopyEngine? engine, string what)
    {
        try
        {
            await task.WaitAsync(s_deadline);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"{what} hangs. {engine?.GetStatistics()}");
        }
    }
}

/// <summary>What an engine must have in its books once everybody has let go.</summary>
internal static class Books
{
    /// <summary>Every buffer is back and nothing is owed. Notifications may take a moment after the last await.</summary>
    public static async Task AssertNothingLeftAsync(ZeroCopyEngine engine)
    {
        await Eventually.TrueAsync(
            () => engine.GetStatistics() is { OwedNotifications: 0, InFlightBuffers: 0, LeasedBuffers: 0, HeldReceiveBuffers: 0 },
            () => $"Something is left: {engine.GetStatistics()}");
        AssertNothingLost(engine);
    }

    /// <summary>Nothing was quarantined, and no completion came that belonged to nobody.</summary>
    public static void AssertNothingLost(ZeroCopyEngine engine)
    {
        ZeroCopyStatistics statistics = engine.GetStatistics();
        Assert.Equal(0, statistics.OwedNotifications);
        Assert.Equal(0, statistics.QuarantinedBuffers);
        Assert.Equal(0, statistics.StaleCompletions);
    }
}

/// <summary>Waits for what must come but says nothing when it does.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, Func<string> complaint)
    {
        long deadline = Environment.TickCount64 + 20_000;
        while (!condition())
        {
            if (Environment.TickCount64 > deadline)
            {
                Assert.Fail(complaint());
            }

            await Task.Delay(2);
        }
    }
}

/// <summary>Tests that measure the whole process, so that nothing may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Runs alone";
}
