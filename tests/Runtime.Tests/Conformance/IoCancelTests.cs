namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/io-cancel.c: cancelling some of what is outstanding ends exactly those, with ECANCELED, and harms
/// neither the others nor anything on another ring.
/// </summary>
/// <remarks>
/// The C test reads and writes a file; here receives wait on sockets. test_cancel_inflight_exit is in ProcessExitTests, as it needs a
/// process that exits. Without a counterpart: cancelling across a fork, as a ring is closed in a child that executes
/// something else, and a child that does not is nothing .NET makes; submission-queue polling.
/// </remarks>
public abstract class IoCancelTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Operations = 64;

    [EngineTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public Task Cancelled_operations_end_cancelled_and_the_others_as_they_would_have(bool partly, bool onLoop) => OnEngine(engine =>
    {
        // test_io_cancel with and without do_partial.
        async Task Test()
        {
            ZeroCopyDatagramSocket[] sockets = [.. Enumerable.Range(0, Operations).Select(_ => engine.BindDatagram(Loopback.AnyPort))];
            using var cancellation = new CancellationTokenSource();
            Task<ReceivedDatagram>[] receives =
            [
                .. sockets.Select((socket, i) => socket.ReceiveAsync(new byte[4], IsCancelled(i) ? cancellation.Token : default).AsTask()),
            ];
            // Under way in the kernel, not only in line for it.
            await Task.Yield();
            cancellation.Cancel();
            for (int i = 0; i < Operations; i++)
            {
                if (IsCancelled(i))
                {
                    var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receives[i]);
                    Assert.Equal(cancellation.Token, e.CancellationToken);
                }
                else
                {
                    Assert.False(receives[i].IsCompleted);
                    await sockets[i].SendZeroCopyAsync(new byte[3], sockets[i].LocalEndPoint);
                    Assert.Equal(3, (await receives[i]).BytesReceived);
                }

                await sockets[i].DisposeAsync();
            }
        }

        bool IsCancelled(int i) => !partly || i % 2 == 0;
        return onLoop ? engine.Loops[0].RunAsync(Test) : Test();
    });

    [EngineFact]
    public Task Cancelling_on_one_ring_cancels_nothing_of_another() => OnEngine(new ZeroCopyOptions { LoopCount = 2 }, async engine =>
    {
        // test_dont_cancel_another_ring. Both loops number their operations alike, so a cancel that went astray would hit.
        ZeroCopyDatagramSocket[] sockets = [.. Enumerable.Range(0, 8).Select(_ => engine.BindDatagram(Loopback.AnyPort))];
        Assert.Equal(2, sockets.Select(socket => socket.Loop).Distinct().Count());
        using var cancellation = new CancellationTokenSource();
        Task<ReceivedDatagram>[] receives =
        [
            .. sockets.Select(socket => socket.ReceiveAsync(new byte[4], socket.Loop == engine.Loops[0] ? cancellation.Token : default).AsTask()),
        ];
        cancellation.Cancel();
        for (int i = 0; i < sockets.Length; i++)
        {
            if (sockets[i].Loop == engine.Loops[0])
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receives[i]);
                continue;
            }

            await sockets[i].SendZeroCopyAsync(new byte[2], sockets[i].LocalEndPoint);
            Assert.Equal(2, (await receives[i]).BytesReceived);
        }

        foreach (ZeroCopyDatagramSocket socket in sockets)
        {
            await socket.DisposeAsync();
        }
    });

    [EngineFact]
    public Task Cancelling_what_has_completed_harms_nobody() => OnEngine(new ZeroCopyOptions { LoopCount = 1 }, async engine =>
    {
        // The kernel answers ENOENT; the operation's object is in its next life by then.
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        for (int i = 0; i < 200; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<ReceivedDatagram> receiving = socket.ReceiveAsync(new byte[4], cancellation.Token);
            await socket.SendZeroCopyAsync(new byte[1], socket.LocalEndPoint);
            Assert.Equal(1, (await receiving).BytesReceived);
            Task<ReceivedDatagram> next = socket.ReceiveAsync(new byte[4]).AsTask();
            cancellation.Cancel();
            await socket.SendZeroCopyAsync(new byte[2], socket.LocalEndPoint);
            Assert.Equal(2, (await next).BytesReceived);
        }
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringIoCancelTests() : IoCancelTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableIoCancelTests() : IoCancelTests(EngineKind.Portable);
