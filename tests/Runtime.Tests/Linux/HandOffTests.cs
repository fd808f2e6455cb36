using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Linux;

/// <summary>"The hand-off is the enemy": where sends run on the real ring, and what becomes of them when their thread ends.</summary>
public sealed class HandOffTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [IoUringTheory]
    [InlineData(ZeroCopyPolicy.Always)]
    [InlineData(ZeroCopyPolicy.Never)]
    public async Task A_send_from_an_ordinary_thread_is_complete_when_the_call_returns(ZeroCopyPolicy policy)
    {
        await using var engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, Policy = policy });
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        using BufferLease lease = socket.Rent(8000);
        for (int i = 0; i < 20; i++)
        {
            ValueTask<SendReceipt> sending = socket.SendZeroCopyAsync(lease, socket.LocalEndPoint);
            Assert.True(sending.IsCompletedSuccessfully);
            await (await sending).Recycled.AsTask().WaitAsync(Deadline);
        }
    }

    [IoUringFact]
    public async Task Code_on_a_loop_stays_on_its_thread_across_sends_and_receives()
    {
        await using var engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, Policy = ZeroCopyPolicy.Always });
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        await socket.Loop.RunAsync(async () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            PeerAddress self = socket.LocalEndPoint;
            using BufferLease lease = socket.Rent(8000);
            byte[] room = new byte[8000];
            for (int i = 0; i < 20; i++)
            {
                SendReceipt receipt = await socket.SendZeroCopyAsync(lease, self);
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                await receipt.Recycled;
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                await socket.ReceiveAsync(room).ConfigureAwait(false);
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                await Task.Yield();
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
            }
        }).WaitAsync(Deadline);
    }

    [IoUringFact]
    public async Task A_send_outlives_the_thread_that_made_it()
    {
        // The kernel cancels what a thread left waiting when it exits; nobody must notice.
        await using var engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, Policy = ZeroCopyPolicy.Always });
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using ZeroCopySocket client = await engine.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        using Socket peer = await listener.AcceptAsync();
        byte[] sent = new byte[32 * 1024 * 1024];
        new Random(1).NextBytes(sent);
        Task<SendReceipt>? sending = null;
        var thread = new Thread(() => sending = client.SendZeroCopyAsync(sent).AsTask());
        thread.Start();
        thread.Join();
        Assert.False(sending!.IsCompleted);

        byte[] received = new byte[sent.Length];
        int count = 0;
        while (count < received.Length)
        {
            int some = await peer.ReceiveAsync(received.AsMemory(count)).AsTask().WaitAsync(Deadline);
            Assert.NotEqual(0, some);
            count += some;
        }

        Assert.True(sent.AsSpan().SequenceEqual(received));
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        Assert.Equal(sent.Length, receipt.BytesSent);
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
    }
}
