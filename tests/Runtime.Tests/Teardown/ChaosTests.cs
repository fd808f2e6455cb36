using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Teardown;

/// <summary>
/// Leases, sockets, listener and engine are disposed in any order, all at once, from many threads, under load, with peers
/// that read, stall and reset. Whatever the order: everything ends, the books balance, what the kernel was owed at the
/// end is quarantined and not freed, and no peer ever gets a byte that was not sent to it at that place.
/// </summary>
public abstract class ChaosTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Rounds = 20;
    private const int Connections = 10;

    [EngineFact]
    public Task Everything_disposed_in_any_order_under_load_frees_nothing_that_is_owed() => WithDeadline(async () =>
    {
        int first = Random.Shared.Next();
        for (int seed = first; seed != unchecked(first + Rounds); seed = unchecked(seed + 1))
        {
            try
            {
                await RoundAsync(new Random(seed)).WaitAsync(TimeSpan.FromSeconds(20));
            }
            catch (Exception e)
            {
                Assert.Fail($"With seed {seed} on {Kind}: {e}");
            }
        }
    });

    private async Task RoundAsync(Random random)
    {
        var options = new ZeroCopyOptions
        {
            Engine = Kind,
            LoopCount = 2,
            Policy = random.Next(4) == 0 ? ZeroCopyPolicy.Adaptive : ZeroCopyPolicy.Always,
            SmallBuffers = 16,
            MediumBuffers = 16,
            LargeBuffers = 16,
            CloseTimeout = TimeSpan.FromMilliseconds(40),
            StalledPeerTimeout = TimeSpan.FromMinutes(5),
        };
        ZeroCopyEngine engine = ZeroCopyEngine.Create(options);
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Task serving = listener.ServeAsync(async socket =>
        {
            while (await socket.ReceiveAsync(new byte[1000]) > 0)
            {
            }
        });
        var connections = new List<ChaosConnection>();
        for (int i = 0; i < Connections; i++)
        {
            connections.Add(new ChaosConnection(await PlainPair.ConnectAsync(engine, receiveBuffer: random.Next(2) == 0 ? 128 * 1024 : null), (byte)(i * 16 + 1), random.Next()));
        }

        EndPoint server = listener.LocalEndPoint;
        Task[] working = [.. connections.Select(connection => Task.Run(connection.WorkAsync)), Task.Run(() => ConnectAlwaysAsync(engine, server))];
        await Task.Delay(random.Next(1, 60));

        List<Func<Task>> ends = [() => listener.DisposeAsync().AsTask(), () => engine.DisposeAsync().AsTask(), .. connections.Select(connection => connection.EndFor(random.Next(5)))];
        (Func<Task> End, int AfterMs)[] chosen = [.. ends.Where((_, i) => i == 1 || random.Next(3) != 0).Select(end => (end, random.Next(0, 20)))];
        random.Shuffle(chosen);
        await Task.WhenAll(chosen.Select(one => Task.Run(async () =>
        {
            await Task.Delay(one.AfterMs);
            await one.End();
        })));

        await Task.WhenAll(working);
        await serving;
        await Task.WhenAll(connections.Select(connection => connection.VerifyAsync()));
        AssertBalanced(engine.GetStatistics());
    }

    private static void AssertBalanced(ZeroCopyStatistics books)
    {
        Assert.Equal(48, books.FreeBuffers + books.QuarantinedBuffers);
        Assert.Equal(0, books.StaleCompletions);
        // A send that is owed for ever keeps a quarantined slot or memory of the caller's, and no slot is quarantined without one.
        Assert.True(books.QuarantinedBuffers <= books.OwedNotifications, books.ToString());
    }

    private static async Task ConnectAlwaysAsync(ZeroCopyEngine engine, EndPoint server)
    {
        try
        {
            while (true)
            {
                await using ZeroCopySocket socket = await engine.ConnectAsync(server);
                await socket.SendZeroCopyAsync(new Tick());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener or the engine went away; both do, sooner or later.
        }
    }

    /// <summary>One connection that is sent over without pause, and what was sent.</summary>
    private sealed class ChaosConnection(PlainPair pair, byte first, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<(int Length, byte Filling)> _sent = [];
        private readonly bool _peerReads = seed % 2 == 0;
        private readonly MemoryStream _received = new();

        public async Task WorkAsync()
        {
            Task reading = _peerReads ? Task.Run(() => ReadAsync(CancellationToken.None)) : Task.CompletedTask;
            var sends = new List<Task>();
            try
            {
                for (int i = 0; i < 400; i++)
                {
                    sends.Add(await SendAsync((byte)(first + i % 16)));
                    if (i % 8 == 0)
                    {
                        await Task.Yield();
                    }
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
            }

            foreach (Task send in sends)
            {
                try
                {
                    await send;
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                }
            }

            await reading;
        }

        public Func<Task> EndFor(int how) => how switch
        {
            0 => () => pair.Socket.AbortAsync(),
            1 => () => pair.Socket.DisposeAsync().AsTask(),
            2 => () =>
            {
                pair.Socket.Dispose();
                return Task.CompletedTask;
            },
            3 => () =>
            {
                pair.Reset();
                return Task.CompletedTask;
            },
            _ => async () =>
            {
                // Twice at once: every caller awaits the same end.
                await Task.WhenAll(pair.Socket.AbortAsync(), pair.Socket.DisposeAsync().AsTask());
            },
        };

        /// <summary>What came, early or out of the memory the kernel kept, is the beginning of what was sent.</summary>
        public async Task VerifyAsync()
        {
            // A small window is drained at the pace of the sender's probe timer: what has come by then is enough.
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await ReadAsync(patience.Token);
            pair.Peer.Dispose();
            byte[] received = _received.ToArray();
            int at = 0;
            foreach ((int length, byte filling) in _sent)
            {
                int part = Math.Min(length, received.Length - at);
                int wrong = received.AsSpan(at, part).IndexOfAnyExcept(filling);
                Assert.True(wrong < 0, $"Byte {at + wrong} is {(wrong < 0 ? 0 : received[at + wrong]):x2}, {filling:x2} was sent.");
                at += part;
            }

            Assert.Equal(received.Length, at);
        }

        private async ValueTask<Task> SendAsync(byte filling)
        {
            switch (_random.Next(4))
            {
                case 0:
                    var memory = new byte[_random.Next(1, 100_000)];
                    memory.AsSpan().Fill(filling);
                    _sent.Add((memory.Length, filling));
                    return pair.Socket.SendZeroCopyAsync(memory).AsTask();
                case 1:
                    memory = new byte[_random.Next(1, 5000)];
                    memory.AsSpan().Fill(filling);
                    _sent.Add((memory.Length, filling));
                    return pair.Socket.SendAndRecycleAsync(memory).AsTask();
                default:
                    using (BufferLease lease = await pair.Socket.RentAsync(_random.Next(1, 65_536)))
                    {
                        lease.Edit().Fill(filling);
                        _sent.Add((lease.Length, filling));
                        Task sending = pair.Socket.SendZeroCopyAsync(lease).AsTask();
                        return sending;
                    }
            }
        }

        private async Task ReadAsync(CancellationToken patience)
        {
            var room = new byte[64 * 1024];
            try
            {
                while (await pair.Peer.ReceiveAsync(room, patience) is > 0 and int received)
                {
                    _received.Write(room, 0, received);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
            }
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringChaosTests() : ChaosTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableChaosTests() : ChaosTests(EngineKind.Portable);
