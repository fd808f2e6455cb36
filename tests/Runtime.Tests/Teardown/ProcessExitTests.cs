using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Teardown;

/// <summary>
/// Processes that end in the middle of things: our own with sends in flight and nothing disposed (liburing's io-cancel has it
/// as test_cancel_inflight_exit), and the peer's without a word.
/// </summary>
public sealed class ProcessExitTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(40);

    [ProbeTheory(needsIoUring: true)]
    [InlineData("return-with-sends-in-flight")]
    [InlineData("exit-on-a-loop")]
    [InlineData("dispose-and-return")]
    public Task A_process_ends_promptly_with_sends_in_flight_to_a_peer_that_does_not_read(string how) => EndsAsync(how, EngineKind.IoUring);

    [ProbeTheory]
    [InlineData("return-with-sends-in-flight")]
    [InlineData("exit-on-a-loop")]
    [InlineData("dispose-and-return")]
    public Task A_process_on_the_portable_engine_ends_promptly_with_sends_in_flight(string how) => EndsAsync(how, EngineKind.Portable);

    [ProbeTheory(needsIoUring: true)]
    [InlineData(EngineKind.IoUring)]
    public Task A_peer_process_killed_in_the_middle_breaks_the_connection_and_every_buffer_returns(EngineKind kind) => LosesPeerAsync(kind);

    [ProbeTheory]
    [InlineData(EngineKind.Portable)]
    public Task A_peer_process_killed_in_the_middle_breaks_the_connection_on_the_portable_engine(EngineKind kind) => LosesPeerAsync(kind);

    private static async Task EndsAsync(string how, EngineKind kind)
    {
        using Socket listener = Listen();
        await using Probe probe = Probe.Start(how, (IPEndPoint)listener.LocalEndPoint!, kind.ToString());
        using Socket stalled = await listener.AcceptAsync().WaitAsync(s_deadline);
        Assert.NotEqual("owed 0", await probe.ReadLineAsync());
        await probe.ExitsAsync();
    }

    private static async Task LosesPeerAsync(EngineKind kind)
    {
        await using ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = kind, Policy = ZeroCopyPolicy.Always, LoopCount = 1 });
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        await using Probe probe = Probe.Start("echo", listener.LocalEndPoint);
        ZeroCopySocket socket = await listener.AcceptAsync().AsTask().WaitAsync(s_deadline);
        var echoed = new TaskCompletionSource();
        Task receiving = ReceiveAllAsync(socket, echoed);
        Task sending = SendAlwaysAsync(socket, engine);
        await echoed.Task.WaitAsync(s_deadline);
        await probe.KillAsync();

        await Task.WhenAll(sending, receiving).WaitAsync(s_deadline);
        await socket.DisposeAsync().AsTask().WaitAsync(s_deadline);
        await Books.AssertNothingLeftAsync(engine);

        // The engine goes on.
        await using TcpPair next = await TcpPair.ConnectAsync(engine);
        await next.Client.SendZeroCopyAsync(new byte[] { 1 });
        Assert.Equal((byte[])[1], await next.Server.ReadExactlyAsync(1).WaitAsync(s_deadline));
    }

    private static async Task SendAlwaysAsync(ZeroCopySocket socket, ZeroCopyEngine engine)
    {
        await Assert.ThrowsAnyAsync<SocketException>(async () =>
        {
            while (true)
            {
                using BufferLease lease = await engine.RentAsync(65_536);
                lease.Edit().Fill(0x55);
                await socket.SendZeroCopyAsync(lease);
                await socket.SendZeroCopyAsync(Block.Number(1));
            }
        });
    }

    private static async Task ReceiveAllAsync(ZeroCopySocket socket, TaskCompletionSource echoed)
    {
        var room = new byte[64 * 1024];
        long total = 0;
        try
        {
            while (await socket.ReceiveAsync(room) is > 0 and int received)
            {
                total += received;
                if (total > 4 << 20)
                {
                    echoed.TrySetResult();
                }
            }
        }
        catch (SocketException)
        {
        }
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        listener.Bind(Loopback.AnyPort);
        listener.Listen();
        return listener;
    }
}
