using System.Buffers.Binary;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/cq-overflow.c: more completions than the completion queue holds, while nobody takes any, and none is lost.
/// </summary>
/// <remarks>
/// The C test makes small rings and reads their overflow counters; here user code blocks the loop (which it must not do)
/// while the kernel completes more than the queues' 4,096 and 1,024. The loop's own queue does not overflow where its completions are posted only when it enters (DEFER_TASKRUN); the callers' does. Order among completions, which the C test checks, is
/// the order of a stream's bytes here. Without a counterpart: completions that the kernel drops because memory for them
/// fails, which need fault injection.
/// </remarks>
public abstract class CqOverflowTests(EngineKind kind) : EngineSuite(kind)
{
    private const int LoopQueue = 4096;
    private const int CallerQueue = 1024;

    [EngineFact]
    public Task More_receives_complete_while_the_loop_is_blocked_than_its_queue_holds_and_all_are_delivered() => OnEngine(new ZeroCopyOptions { LoopCount = 1 }, async engine =>
    {
        const int Sockets = 512;
        const int Each = 10;
        Assert.True(Sockets * Each > LoopQueue);
        ZeroCopyDatagramSocket[] sockets = [.. Enumerable.Range(0, Sockets).Select(_ => engine.BindDatagram(Loopback.AnyPort))];
        Task<int>[] receives = [.. sockets.SelectMany(socket => Enumerable.Range(0, Each).Select(_ => ReceiveNumberAsync(socket)))];
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await using (await BlockedLoop.EnterAsync(engine))
        {
            var datagram = new byte[sizeof(int)];
            for (int i = 0; i < receives.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(datagram, i);
                sender.SendTo(datagram, sockets[i / Each].LocalEndPoint);
            }
        }

        Assert.Equal(Enumerable.Range(0, receives.Length), (await Task.WhenAll(receives)).Order());
        await Task.WhenAll(sockets.Select(socket => socket.DisposeAsync().AsTask()));
    });

    [EngineFact]
    public Task More_notifications_come_while_the_loop_is_blocked_than_the_callers_queue_holds_and_every_buffer_returns() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always }, async engine =>
        {
            const int Connections = 64;
            const int Each = 20;
            Assert.True(Connections * Each > CallerQueue);
            var pairs = new List<PlainPair>();
            var receipts = new List<SendReceipt>();
            for (int i = 0; i < Connections; i++)
            {
                PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
                pairs.Add(pair);
                // The peer takes no more than the first part of this, so that what follows stays with the kernel.
                receipts.Add(await pair.Socket.SendZeroCopyAsync(new byte[65_536]));
                for (int j = 0; j < Each; j++)
                {
                    receipts.Add(await pair.Socket.SendZeroCopyAsync(new Tick()));
                }
            }

            Assert.Equal(Kind == EngineKind.IoUring ? receipts.Count : 0, engine.GetStatistics().OwedNotifications);
            await using (await BlockedLoop.EnterAsync(engine))
            {
                pairs.ForEach(pair => pair.Reset());
                // System calls, on whose way back the kernel posts what became due on this thread.
                await Task.Delay(20);
            }

            foreach (SendReceipt receipt in receipts)
            {
                await receipt.Recycled;
            }

            foreach (PlainPair pair in pairs)
            {
                await pair.DisposeAsync();
            }
        });

    [EngineFact]
    public Task Sends_that_nobody_awaits_complete_twice_each_and_arrive_in_order() => OnEngine(new ZeroCopyOptions { LoopCount = 1, Policy = ZeroCopyPolicy.Always }, async engine =>
    {
        await using TcpPair pair = await TcpPair.ConnectAsync(engine);
        const int Sends = 2 * LoopQueue;
        Task<Task[]> sending = engine.Loops[0].RunAsync(() =>
            Task.FromResult(Enumerable.Range(0, Sends).Select(i => pair.Client.SendAndRecycleAsync(BitConverter.GetBytes(i)).AsTask()).ToArray()));
        byte[] received = await pair.Server.ReadExactlyAsync(Sends * sizeof(int));
        for (int i = 0; i < Sends; i++)
        {
            Assert.Equal(i, BitConverter.ToInt32(received, i * sizeof(int)));
        }

        await Task.WhenAll(await sending);
    });

    private static async Task<int> ReceiveNumberAsync(ZeroCopyDatagramSocket socket)
    {
        var room = new byte[sizeof(int)];
        Assert.Equal(room.Length, (await socket.ReceiveAsync(room)).BytesReceived);
        return BinaryPrimitives.ReadInt32LittleEndian(room);
    }

    /// <summary>User code that blocks the first loop until it is disposed.</summary>
    private sealed class BlockedLoop : IAsyncDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private Task _blocking = Task.CompletedTask;

        public static async Task<BlockedLoop> EnterAsync(ZeroCopyEngine engine)
        {
            // Everything posted before has gone to the kernel.
            await engine.Loops[0].RunAsync(async () => await Task.Yield());
            var blocked = new BlockedLoop();
            var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            blocked._blocking = engine.Loops[0].RunAsync(() =>
            {
                entered.SetResult();
                blocked._release.Wait();
                return Task.CompletedTask;
            });
            await entered.Task;
            return blocked;
        }

        public async ValueTask DisposeAsync()
        {
            _release.Set();
            await _blocking;
            _release.Dispose();
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringCqOverflowTests() : CqOverflowTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableCqOverflowTests() : CqOverflowTests(EngineKind.Portable);
