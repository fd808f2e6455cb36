using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// liburing test/sendzc-bug.c: the memory of a send lives until its notification, not until its result. The C test
/// unregisters and unmaps the buffer between the two and asks of the kernel only that it survive; then what reaches the
/// peer is whatever the pages became. Here nothing a user can end in between, lease, socket or engine, takes the memory away, so
/// the peer gets the bytes that were sent.
/// </summary>
[NeedsIoUring]
public sealed class SendzcBugTests() : EngineSuite(EngineKind.IoUring)
{
    private const int Length = 65_536;

    private static readonly ZeroCopyOptions s_options = new()
    {
        Engine = EngineKind.IoUring,
        Policy = ZeroCopyPolicy.Always,
        SmallBuffers = 0,
        MediumBuffers = 0,
        LargeBuffers = 1,
        CloseTimeout = TimeSpan.FromMilliseconds(100),
        StalledPeerTimeout = TimeSpan.FromMinutes(5),
    };

    [EngineFact]
    public Task Ending_lease_socket_and_engine_between_result_and_notification_leaves_the_registered_bytes_in_place() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(s_options);
        PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        byte[] bytes = Payload.Make(Length);
        BufferLease lease = engine.Rent(Length);
        bytes.CopyTo(lease.Edit());
        SendReceipt sent = await pair.Socket.SendZeroCopyAsync(lease);
        lease.Dispose();
        // An orderly close: the kernel goes on delivering, from the slab.
        await pair.Socket.DisposeAsync();
        await engine.DisposeAsync();

        Assert.False(sent.IsRecycled);
        Assert.Equal(1, engine.GetStatistics().QuarantinedBuffers);
        Assert.Equal(bytes, await pair.ReadPeerAsync(Length));
        pair.Peer.Dispose();
    });

    [EngineFact]
    public Task Ending_socket_and_engine_between_result_and_notification_leaves_memory_of_the_caller_in_place() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(s_options);
        PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        WeakReference memory = await SendAndForgetAsync(pair.Socket, pinned: false);
        await pair.Socket.DisposeAsync();
        await engine.DisposeAsync();
        engine = null!;
        CollectGarbage();
        Assert.True(memory.IsAlive);
        Assert.Equal(Payload.Make(Length), await pair.ReadPeerAsync(Length));
        pair.Peer.Dispose();
    });

    [EngineFact]
    public Task Memory_that_was_pinned_already_is_kept_alive_until_the_notification() => OnEngine(s_options, async engine =>
    {
        // Memory over an array from the pinned heap needs no pin, so the pin keeps nothing alive: the send itself must.
        await using PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        WeakReference memory = await SendAndForgetAsync(pair.Socket, pinned: true);
        CollectGarbage();
        Assert.True(memory.IsAlive);
        Assert.Equal(Payload.Make(Length), await pair.ReadPeerAsync(Length));
    });

    [EngineFact]
    public Task Memory_that_was_pinned_already_outlives_even_the_engine() => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(s_options);
        PlainPair pair = await PlainPair.ConnectAsync(engine, receiveBuffer: 4096);
        WeakReference memory = await SendAndForgetAsync(pair.Socket, pinned: true);
        await pair.Socket.DisposeAsync();
        await engine.DisposeAsync();
        engine = null!;
        CollectGarbage();
        Assert.True(memory.IsAlive);
        Assert.Equal(Payload.Make(Length), await pair.ReadPeerAsync(Length));
        pair.Peer.Dispose();
    });

    [EngineFact]
    public Task Memory_that_was_pinned_already_is_kept_alive_while_a_receive_waits() => OnEngine(async engine =>
    {
        await using ZeroCopyDatagramSocket socket = engine.BindDatagram(Loopback.AnyPort);
        WeakReference memory = ReceiveAndForget(socket);
        CollectGarbage();
        Assert.True(memory.IsAlive);
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ReceiveAndForget(ZeroCopyDatagramSocket socket)
    {
        byte[] memory = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
        _ = socket.ReceiveAsync(MemoryMarshal.CreateFromPinnedArray(memory, 0, Length));
        return new WeakReference(memory);
    }

    // Not inlined, so that no local of the test keeps the array alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> SendAndForgetAsync(ZeroCopySocket socket, bool pinned)
    {
        byte[] memory = GC.AllocateUninitializedArray<byte>(Length, pinned);
        Payload.Make(Length).CopyTo(memory, 0);
        await socket.SendZeroCopyAsync(pinned ? MemoryMarshal.CreateFromPinnedArray(memory, 0, Length) : memory);
        return new WeakReference(memory);
    }

    private static void CollectGarbage()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // What was freed must not go on looking like what was sent.
        for (int i = 0; i < 64; i++)
        {
            GC.AllocateUninitializedArray<byte>(Length, pinned: true).AsSpan().Fill(0xEE);
        }
    }
}
