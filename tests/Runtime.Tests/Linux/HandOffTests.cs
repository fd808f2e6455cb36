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
    public async Task Closing_a_socket_cancels_nothing_of_the_next_one_that_gets_its_descriptor()
    {
        // Would catch a cancellation by descriptor that is submitted after the descriptor was closed and reused.
        await using var engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1 });
        await engine.Loops[0].RunAsync(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0)).DisposeAsync();
                await using ZeroCopyDatagramSocket next = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
                ValueTask<ReceivedDatagram> receiving = next.ReceiveAsync(new byte[10]);
                await Task.Yield();
                await next.SendZeroCopyAsync(new byte[3], next.LocalEndPoint);
                Assert.Equal(3, (await receiving).BytesReceived);
            }
        }).WaitAsync(Deadline);
    }

    [IoUringFact]
    public async Task Memory_whose_owner_is_gone_is_refused_and_holds_up_no_close()
    {
        await using var engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring });
        ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        using var owner = new GoneMemory();
        Assert.Throws<ObjectDisposedException>(() => { _ = socket.SendZeroCopyAsync(owner.Memory, socket.LocalEndPoint); });
        Assert.Throws<ObjectDisposedException>(() => { _ = socket.ReceiveAsync(owner.Memory); });
        await socket.DisposeAsync().AsTask().WaitAsync(Deadline);
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

    private sealed class GoneMemory : System.Buffers.MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(10);

        public override Span<byte> GetSpan() => throw new ObjectDisposedException(nameof(GoneMemory));

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => throw new ObjectDisposedException(nameof(GoneMemory));

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
