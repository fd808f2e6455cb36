using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Stress;

/// <summary>The whole run: an engine, a listener, as many lives at a time as asked for, and the books at the end.</summary>
internal sealed class Run(Options options)
{
    /// <summary>No life takes nearly as long; one that does hangs.</summary>
    private static readonly TimeSpan s_lifeDeadline = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<uint, StreamLife> _lives = new();
    private readonly Stopwatch _clock = new();
    private uint _lastNumber;

    public Tally Tally { get; } = new();

    public MemoryTrend Memory { get; } = new();

    public ZeroCopyStatistics Statistics { get; private set; }

    public IReadOnlyList<string> LeakedDescriptors { get; private set; } = [];

    public TimeSpan Elapsed => _clock.Elapsed;

    public async Task ToEndAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine($"{options.Connections} connections for {options.Seconds} s, seed {options.Seed}");
        await WarmUpAsync();
        IReadOnlyList<string> descriptors = ProcessBooks.OpenDescriptors();
        ZeroCopyEngine engine = ZeroCopyEngine.Create(EngineOptions());
        Console.WriteLine($"engine: {engine.Description}");
        _clock.Start();
        await LiveAsync(engine, cancellationToken);
        await SettleAsync(engine);
        Statistics = engine.GetStatistics();
        await engine.DisposeAsync();
        LeakedDescriptors = await LeakedAsync(descriptors);
        _clock.Stop();
    }

    private ZeroCopyOptions EngineOptions() => new()
    {
        Engine = options.Engine,
        LoopCount = 2,
        // Few enough that they run out now and then.
        LargeBuffers = 96,
        MediumBuffers = 64,
        SmallBuffers = 64,
    };

    /// <summary>The first engine and the first connection, like the first line on the console, also open what the process keeps for ever.</summary>
    private async Task WarmUpAsync()
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(EngineOptions());
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using ZeroCopySocket client = await engine.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
    }

    private async Task LiveAsync(ZeroCopyEngine engine, CancellationToken cancellationToken)
    {
        await using ZeroCopyListener listener = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0), backlog: 4096);
        using var serving = new CancellationTokenSource();
        Task server = listener.ServeAsync(ServeAsync, (_, e) => Tally.Fail($"A server end ended with {e}"), serving.Token);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(TimeSpan.FromSeconds(options.Seconds));
        Task progress = ShowProgressAsync(engine, ended.Token);
        await Task.WhenAll(Enumerable.Range(0, options.Connections).Select(_ => LiveOneAfterAnotherAsync(engine, listener.LocalEndPoint, ended.Token)));
        await progress;
        serving.Cancel();
        await server;
    }

    private async Task ServeAsync(ZeroCopySocket socket)
    {
        var greeting = new byte[StreamLife.GreetingSize];
        for (int have = 0; have < greeting.Length;)
        {
            int received = await socket.ReceiveAsync(greeting.AsMemory(have));
            if (received == 0)
            {
                throw new EndOfStreamException("A connection ended without a greeting.");
            }

            have += received;
        }

        uint number = BinaryPrimitives.ReadUInt32LittleEndian(greeting);
        if (_lives.TryGetValue(number, out StreamLife? life))
        {
            await life.ServeAsync(socket);
        }
        else
        {
            Tally.Fail($"A connection greeted with {number}, which is nobody's number.");
        }
    }

    private async Task LiveOneAfterAnotherAsync(ZeroCopyEngine engine, EndPoint remote, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            uint number = Interlocked.Increment(ref _lastNumber);
            var random = new Random(unchecked(options.Seed * 1_000_003 + (int)number));
            object life = random.Next(10) == 0 ? new DatagramLife(number, random, Tally) : new StreamLife(number, random, Tally);
            try
            {
                await LiveOnceAsync(engine, remote, number, life).WaitAsync(s_lifeDeadline, CancellationToken.None);
            }
            catch (Exception e)
            {
                Tally.Fail($"{life} ended with {(e is TimeoutException ? $"a hang: {e.Message}" : e)}");
                return;
            }
        }
    }

    private async Task LiveOnceAsync(ZeroCopyEngine engine, EndPoint remote, uint number, object life)
    {
        if (life is DatagramLife datagram)
        {
            await Task.Run(() => datagram.RunAsync(engine));
            return;
        }

        var stream = (StreamLife)life;
        _lives[number] = stream;
        try
        {
            await Task.Run(() => stream.RunAsync(engine, remote));
        }
        finally
        {
            _lives.TryRemove(number, out _);
        }
    }

    private async Task ShowProgressAsync(ZeroCopyEngine engine, CancellationToken ended)
    {
        double warmUpSeconds = options.Seconds / 3.0;
        long lastBytes = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                long resident = ProcessBooks.ResidentBytes();
                if (_clock.Elapsed.TotalSeconds > warmUpSeconds)
                {
                    Memory.Add(_clock.Elapsed.TotalSeconds, resident);
                }

                ZeroCopyStatistics now = engine.GetStatistics();
                long bytes = Tally.Bytes;
                Console.WriteLine($"{_clock.Elapsed.TotalSeconds,4:N0} s {Tally.Streams,9:N0} connections {(bytes - lastBytes) / 1e6,7:N0} MB/s {Tally.Cancelled,8:N0} cancelled "
                    + $"{Tally.Broken,9:N0} broken {now.OwedNotifications,6:N0} owed {resident / (1024 * 1024),6:N0} MiB {(Tally.FailureCount == 0 ? "" : $"{Tally.FailureCount:N0} FAILURES")}");
                lastBytes = bytes;
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Notifications may take a moment after the last socket's end.</summary>
    private static async Task SettleAsync(ZeroCopyEngine engine)
    {
        long deadline = Environment.TickCount64 + 30_000;
        while (engine.GetStatistics() is not { OwedNotifications: 0, InFlightBuffers: 0, LeasedBuffers: 0 } && Environment.TickCount64 < deadline)
        {
            await Task.Delay(20);
        }
    }

    private static async Task<IReadOnlyList<string>> LeakedAsync(IReadOnlyList<string> before)
    {
        // The kernel tears rings down in the background.
        for (int i = 0; i < 100 && ProcessBooks.OpenDescriptors().Count > before.Count; i++)
        {
            await Task.Delay(50);
        }

        IReadOnlyList<string> after = ProcessBooks.OpenDescriptors();
        return after.Count > before.Count ? [.. after.Except(before)] : [];
    }
}
