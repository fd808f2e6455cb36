using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Kernel;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Simulator;

/// <summary>
/// What a program might do with the library, drawn by the seed: one script per socket, on any loop, sending on all sockets, and
/// an end in which everything is disposed, perhaps in the middle of it all.
/// </summary>
internal sealed partial class Workload(World world, SwarmKernel kernel, SimulatedTime time, ZeroCopyEngine engine)
{
    private readonly TaskCompletionSource _allDone = new();
    private readonly TaskCompletionSource _scriptsDone = new();
    private readonly List<ZeroCopySocket> _streams = [];
    private readonly List<ZeroCopyDatagramSocket> _datagrams = [];
    private readonly List<TrackedMemory> _memories = [];
    private readonly Dictionary<int, string> _waiting = [];
    private int _nextWaiting;
    private int _scripts = 1;
    private bool _isEnding;
    private ulong _nextId;

    private Chance Chance => world.Chance;

    private Settings Settings => kernel.Settings;

    /// <summary>Whether anything went wrong that a closing socket or engine explains.</summary>
    private bool IsEnding => Volatile.Read(ref _isEnding) || world.IsOver;

    /// <summary>What has not completed, for a person.</summary>
    public string Pending()
    {
        lock (_waiting)
        {
            return string.Join(", ", _waiting.Values);
        }
    }

    /// <summary>The whole run, on the first loop. What follows the end of the loops goes on elsewhere.</summary>
    public async Task RunAsync()
    {
        for (int i = 0; i < Settings.Streams; i++)
        {
            if (await ConnectAsync(i) is { } stream)
            {
                _streams.Add(stream);
            }
        }

        for (int i = 0; i < Settings.Datagrams; i++)
        {
            AddDatagram(i);
        }

        Watch("the workload itself", async () =>
        {
            _streams.ForEach(StartScripts);
            Listen();

            foreach (ZeroCopyDatagramSocket datagram in _datagrams)
            {
                StartScript("a datagram script", () => DatagramScriptAsync(datagram));
            }

            EndScript();
            await EndAsync();
        });
        await _allDone.Task;
    }

    public void FreeMemory()
    {
        foreach (TrackedMemory memory in _memories)
        {
            memory.Free();
        }
    }

    /// <summary>What must be true when everything has ended.</summary>
    public void CheckEnd()
    {
        foreach (ZeroCopySocket stream in _streams)
        {
            SimulatedStream simulated = kernel.StreamOf(stream);
            simulated.Ledger.CheckEnd(mayMiss: simulated.HasLost || simulated.HasUnsent);
        }
    }

    private async Task<ZeroCopySocket?> ConnectAsync(int index)
    {
        try
        {
            ZeroCopyLoop loop = engine.Loops[Chance.Between(0, engine.Loops.Count - 1)];
            return await OnLoop(loop, () => engine.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 1000 + index)).AsTask());
        }
        catch (SocketException e)
        {
            Explain(kernel.ErrorsInjected > 0, $"connecting failed: {e.SocketErrorCode}");
            return null;
        }
    }

    private void AddDatagram(int index)
    {
        ZeroCopyLoop loop = engine.Loops[Chance.Between(0, engine.Loops.Count - 1)];
        var socket = new ZeroCopyDatagramSocket(
            new SocketCore(engine, loop, new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)));
        var simulated = new SimulatedDatagramSocket(kernel, $"datagrams {index}");
        kernel.AddDatagram(socket, simulated);
        socket.SegmentSize = simulated.SegmentSize = Chance.Pick<int>([0, 0, SmallNote.WireSize, LargeNote.WireSize]);
        _datagrams.Add(socket);
    }

    /// <summary>Runs asynchronous code on a loop of the run's. Unlike ZeroCopyLoop.RunAsync it uses no thread of the pool.</summary>
    private static Task<T> OnLoop<T>(ZeroCopyLoop loop, Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>();
        loop.Post(LoopWork.Run(
            async _ =>
            {
                try
                {
                    done.SetResult(await work());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            null));
        return done.Task;
    }

    private void StartScripts(ZeroCopySocket stream)
    {
        StartScript($"the script of {kernel.StreamOf(stream)}", () => StreamScriptAsync(stream));
        bool leased = Chance.Happens(Settings.LeasedReceives);
        StartScript($"the receiver of {kernel.StreamOf(stream)}", () => leased ? LeasedReceiveScriptAsync(stream) : ReceiveScriptAsync(stream));
    }

    private void StartScript(string name, Func<Task> script)
    {
        Interlocked.Increment(ref _scripts);
        ZeroCopyLoop loop = engine.Loops[Chance.Between(0, engine.Loops.Count - 1)];
        loop.Post(LoopWork.Run(
            _ => Watch(name, async () =>
            {
                await script();
                EndScript();
            }),
            null));
    }

    private void EndScript()
    {
        if (Interlocked.Decrement(ref _scripts) == 0)
        {
            _scriptsDone.TrySetResult();
        }
    }

    /// <summary>Starts something that must complete.</summary>
    private async void Watch(string name, Func<Task> waiting)
    {
        int number;
        lock (_waiting)
        {
            number = _nextWaiting++;
            _waiting.Add(number, name);
        }

        try
        {
            await waiting();
        }
        catch (ViolationException e)
        {
            world.Fail(e.Violation);
        }
        catch (Exception e)
        {
            world.Fail(new Violation(Invariant.OutcomesAreExplained, $"{name} met {e}"));
        }

        lock (_waiting)
        {
            _waiting.Remove(number);
            if (_waiting.Count > 0)
            {
                return;
            }
        }

        _allDone.TrySetResult();
    }

    private Task PauseAsync(int longest) => Task.Delay(TimeSpan.FromMicroseconds(Chance.Skewed(longest)), time);

    private async Task EndAsync()
    {
        if (Settings.EndsUnderLoad)
        {
            await Task.Delay(TimeSpan.FromMicroseconds(Chance.Between(1, 30_000)), time);
        }
        else
        {
            // Scripts may wait for a peer that has stalled for ever: then patience is what ends.
            using ITimer patience = time.CreateTimer(_ => _scriptsDone.TrySetResult(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            await _scriptsDone.Task;
            await CheckProgressAsync();
        }

        Volatile.Write(ref _isEnding, true);
        if (Chance.Happens(0.5) && _listener is { } listener)
        {
            await listener.DisposeAsync();
        }

        foreach (ZeroCopySocket stream in _streams.ToArray())
        {
            await EndOneAsync(stream);
        }

        foreach (ZeroCopyDatagramSocket datagram in _datagrams)
        {
            if (Chance.Happens(0.5))
            {
                await datagram.DisposeAsync();
            }
        }

        await engine.DisposeAsync();
    }

    private async Task EndOneAsync(ZeroCopySocket stream)
    {
        switch (Chance.Between(0, 4))
        {
            case 0:
                await stream.DisposeAsync();
                break;
            case 1:
                stream.Dispose();
                break;
            case 2:
                await stream.AbortAsync();
                break;
            case 3:
                _ = stream.AbortAsync();
                break;
            default:
                // Left to the engine's end.
                break;
        }
    }

    private static void Explain(bool isExplained, string detail) =>
        ViolationException.ThrowUnless(isExplained, Invariant.OutcomesAreExplained, detail);
}
