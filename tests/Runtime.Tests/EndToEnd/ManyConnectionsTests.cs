namespace ZeroCopySockets.Runtime.Tests.EndToEnd;

/// <summary>A thousand connections at once, and nothing of them left afterwards.</summary>
[Collection(RunsAlone.Name)]
public abstract class ManyConnectionsTests(EngineKind kind) : EngineSuite(kind)
{
    /// <summary>Two descriptors each, so that a limit of 4,096 is enough.</summary>
    private const int Connections = 1000;

    [EngineFact]
    public Task A_thousand_connections_echo_at_once_and_every_descriptor_is_closed_afterwards() => OnEngine(new ZeroCopyOptions { LoopCount = 2 }, async engine =>
    {
        // The first connection also opens what the process keeps for ever.
        await (await TcpPair.ConnectAsync(engine)).DisposeAsync();
        IReadOnlyList<string> before = OpenDescriptors();
        await using (ZeroCopyListener listener = engine.Listen(Loopback.AnyPort))
        {
            using var cancellation = new CancellationTokenSource();
            Task serving = listener.ServeAsync(
                async socket =>
                {
                    await foreach (Tick.View tick in socket.ReceiveTicksAsync())
                    {
                        await socket.SendZeroCopyAsync(new Tick { Sequence = tick.Sequence, IsLast = true });
                    }
                },
                cancellationToken: cancellation.Token);

            var clients = new List<ZeroCopySocket>();
            while (clients.Count < Connections)
            {
                // Fewer than the backlog at a time, or the kernel drops some and they knock again a second later.
                clients.AddRange(await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => engine.ConnectAsync(listener.LocalEndPoint).AsTask())));
            }

            await Task.WhenAll(clients.Select((client, number) => EchoAsync(client, (ulong)number)));
            if (OperatingSystem.IsLinux())
            {
                Assert.True(OpenDescriptors().Count >= 2 * Connections, "The connections are not all open, so their end proves nothing.");
            }

            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
            cancellation.Cancel();
            await serving;
        }

        await DescriptorsAreAsync(before);
    });

    [EngineFact]
    public Task Connections_that_come_and_go_leave_no_descriptor() => OnEngine(async engine =>
    {
        await (await TcpPair.ConnectAsync(engine)).DisposeAsync();
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        IReadOnlyList<string> before = OpenDescriptors();
        for (int i = 0; i < 300; i++)
        {
            ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
            ZeroCopySocket server = await listener.AcceptAsync();
            await client.SendZeroCopyAsync(new Tick());
            await (i % 2 == 0 ? client.AbortAsync() : client.DisposeAsync().AsTask());
            await (i % 3 == 0 ? server.AbortAsync() : server.DisposeAsync().AsTask());
        }

        await DescriptorsAreAsync(before);
    });

    [EngineFact]
    public async Task Engines_that_come_and_go_leave_no_descriptor_and_no_thread()
    {
        // The first engine also starts what the process keeps for ever.
        await OnEngine(async engine => await (await TcpPair.ConnectAsync(engine)).DisposeAsync());
        IReadOnlyList<string> descriptors = OpenDescriptors();
        int threads = LoopThreads();
        for (int i = 0; i < 20; i++)
        {
            await OnEngine(new ZeroCopyOptions { LoopCount = 2 }, async engine => await (await TcpPair.ConnectAsync(engine)).DisposeAsync());
        }

        await DescriptorsAreAsync(descriptors);
        await Eventually.TrueAsync(() => LoopThreads() <= threads, () => $"{LoopThreads()} loop threads run; {threads} did before.");
    }

    private static async Task EchoAsync(ZeroCopySocket client, ulong number)
    {
        MessageReceiver<Tick.View> answers = client.ReceiveTicksAsync();
        for (ulong i = 0; i < 10; i++)
        {
            await client.SendZeroCopyAsync(new Tick { Sequence = number * 100 + i });
            Assert.True(await answers.MoveNextAsync());
            Assert.Equal(number * 100 + i, answers.Current.Sequence);
            Assert.True(answers.Current.IsLast);
        }
    }

    /// <summary>Open sockets, rings and the like by what they are: which one stayed says who forgot it. Files are the runtime's own.</summary>
    private static IReadOnlyList<string> OpenDescriptors() => !OperatingSystem.IsLinux() ? [] :
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Select(path => $"{Path.GetFileName(path)} {File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name}")
            .Where(target => target.Contains(":[", StringComparison.Ordinal)),
    ];

    private static Task DescriptorsAreAsync(IReadOnlyList<string> before) => Eventually.TrueAsync(
        () => OpenDescriptors().Count <= before.Count,
        () => $"{before.Count} descriptors were open, now also {string.Join(", ", OpenDescriptors().Except(before))}, no more {string.Join(", ", before.Except(OpenDescriptors()))}.");

    private static int LoopThreads() => !OperatingSystem.IsLinux() ? 0 : Directory.GetDirectories("/proc/self/task").Count(thread =>
    {
        try
        {
            // The kernel keeps 15 characters of a thread's name.
            return File.ReadAllText(Path.Combine(thread, "comm")).StartsWith("ZeroCopySockets", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringManyConnectionsTests() : ManyConnectionsTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableManyConnectionsTests() : ManyConnectionsTests(EngineKind.Portable);
