using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/cancel-race.c: an operation that is cancelled at once ends exactly once, either done or cancelled, never both
/// and never neither. A cancellation the kernel answers with EALREADY or ENOENT and that is lost would hang here.
/// </summary>
/// <remarks>Without a counterpart: polls and pipes; receives, sends and accepts stand in for them.</remarks>
public abstract class CancelRaceTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Rounds = 500;

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_receive_cancelled_at_once_ends_cancelled(bool onLoop) => OnEngine(engine =>
    {
        async Task Test()
        {
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            var room = new byte[16];
            for (int i = 0; i < Rounds; i++)
            {
                using var cancellation = new CancellationTokenSource();
                ValueTask<int> receiving = pair.Server.ReceiveAsync(room, cancellation.Token);
                cancellation.Cancel();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await receiving);
            }

            await pair.Client.SendZeroCopyAsync(new byte[] { 1 });
            Assert.Equal(1, await pair.Server.ReceiveAsync(room));
        }

        return onLoop ? engine.Loops[0].RunAsync(Test) : Test();
    });

    [EngineFact]
    public Task A_datagram_receive_cancelled_while_its_datagram_comes_is_done_or_cancelled_and_no_datagram_is_lost() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        socket.Connect(socket.LocalEndPoint);
        for (int i = 0; i < Rounds; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<ReceivedDatagram> receiving = socket.ReceiveAsync(new byte[16], cancellation.Token).AsTask();
            Task sending = Task.Run(() => socket.SendZeroCopyAsync(new byte[8]).AsTask());
            Task cancelling = Task.Run(cancellation.Cancel);
            await Task.WhenAll(sending, cancelling);
            try
            {
                Assert.Equal(8, (await receiving).BytesReceived);
            }
            catch (OperationCanceledException)
            {
                // Still in the socket; at once, or its buffer would be full after some hundred.
                Assert.Equal(8, (await socket.ReceiveAsync(new byte[16])).BytesReceived);
            }
        }
    });

    [EngineTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public Task A_send_cancelled_while_it_waits_for_room_is_done_or_cancelled_and_owes_nothing(ZeroCopyPolicy policy) =>
        OnEngine(new ZeroCopyOptions { Policy = policy }, async engine =>
        {
            int cancelled = 0;
            const int Connections = 30;
            for (int i = 0; i < Connections; i++)
            {
                await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
                using var cancellation = new CancellationTokenSource();
                Task<SendReceipt> sending = pair.Socket.SendZeroCopyAsync(new byte[8 << 20], cancellation.Token).AsTask();
                Task behind = pair.Socket.SendAndRecycleAsync(new Tick(), cancellation.Token).AsTask();
                Task cancelling = Task.Run(cancellation.Cancel);
                if (i % 3 == 0)
                {
                    pair.Reset();
                }

                await cancelling;
                foreach (Task send in new[] { sending, behind })
                {
                    try
                    {
                        await send;
                    }
                    catch (OperationCanceledException)
                    {
                        cancelled++;
                    }
                    catch (SocketException)
                    {
                    }
                }

                await pair.Socket.AbortAsync();
            }

            Assert.InRange(cancelled, Connections / 2, 2 * Connections);
        });

    [EngineFact]
    public Task An_accept_cancelled_while_a_connection_comes_accepts_it_or_leaves_it_to_the_next() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        const int Connections = 100;
        int accepted = 0;
        for (int i = 0; i < Connections; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<ZeroCopySocket> accepting = listener.AcceptAsync(cancellation.Token).AsTask();
            Task<ZeroCopySocket> connecting = Task.Run(() => engine.ConnectAsync(listener.LocalEndPoint).AsTask());
            Task cancelling = Task.Run(cancellation.Cancel);
            await Task.WhenAll(connecting, cancelling);
            try
            {
                await (await accepting).DisposeAsync();
                accepted++;
            }
            catch (OperationCanceledException)
            {
            }

            // Not reset: that would take it out of the line of those that wait to be accepted.
            await (await connecting).DisposeAsync();
        }

        for (; accepted < Connections; accepted++)
        {
            await (await listener.AcceptAsync()).AbortAsync();
        }
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringCancelRaceTests() : CancelRaceTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableCancelRaceTests() : CancelRaceTests(EngineKind.Portable);
