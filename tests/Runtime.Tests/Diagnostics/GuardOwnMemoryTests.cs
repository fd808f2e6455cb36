using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Runtime.Tests.Simulation;

// What these tests do on purpose the compiler rightly refuses: they are about what catches it where it was silenced.
#pragma warning disable ZCS0001, ZCS0002, ZCS0003

namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>
/// Guard mode and memory of the caller's own, which no lease watches: given up, written, sent or received into while the kernel has it.
/// Would catch a guard that knows only of slots, and one that blames what is right.
/// </summary>
public sealed class GuardOwnMemoryTests
{
    public static TheoryData<string> Pools => ["shared", "of one's own"];

    [Theory]
    [MemberData(nameof(Pools))]
    public async Task An_array_returned_to_its_pool_in_flight_is_reported_there_and_then(string kind)
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        ArrayPool<byte> pool = kind == "shared" ? ArrayPool<byte>.Shared : ArrayPool<byte>.Create();
        Task<GuardViolationEventArgs> reported = NextViolation(sim.Engine);
        byte[] array = pool.Rent(5000);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, array.AsMemory(0, 5000));
        pool.Return(array);

        // The kernel has not let go yet: whoever returned it is still on the stack.
        GuardViolationEventArgs violation = await reported.WaitAsync(MoreRuleTests.Deadline);
        Assert.StartsWith("ZCS0002", violation.Message, StringComparison.Ordinal);
        Assert.Contains($"returned to its pool by {typeof(GuardOwnMemoryTests).FullName}", violation.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(SendOwedAsync), violation.SendCallSite, StringComparison.Ordinal);
        submitted.Notify();
        await NamesAsync("ZCS0002", receipt.Recycled.AsTask());
        Assert.Equal(1, sim.Engine.GetStatistics().GuardViolations);
    }

    [Fact]
    public async Task An_array_in_a_gathered_send_is_watched_too()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] array = ArrayPool<byte>.Shared.Rent(5000);
        Task sending = SendBothAsync(sim, new byte[5000], array.AsMemory(0, 5000));
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(10000);
        ArrayPool<byte>.Shared.Return(array);
        submitted.Notify();
        await NamesAsync("ZCS0002", sending);

        static async Task SendBothAsync(SimulatedSockets sim, byte[] header, Memory<byte> payload) =>
            await (await sim.Stream.SendZeroCopyAsync(header, payload)).Recycled;
    }

    [Fact]
    public async Task An_owner_of_pooled_memory_disposed_in_flight_is_reported()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        IMemoryOwner<byte> owner = MemoryPool<byte>.Shared.Rent(5000);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, owner.Memory[..5000]);
        owner.Dispose();
        submitted.Notify();
        await NamesAsync("ZCS0002", receipt.Recycled.AsTask());
    }

    [Fact]
    public async Task An_owner_of_native_memory_disposed_in_flight_is_reported_without_a_look_at_it()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        IMemoryOwner<byte> owner = new NativeOwner(5000);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, owner.Memory);
        owner.Dispose();
        submitted.Notify();
        await NamesAsync("ZCS0002", receipt.Recycled.AsTask());
    }

    [Fact]
    public async Task A_pipe_advanced_over_bytes_in_flight_is_reported()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[5000]);
        await pipe.Writer.CompleteAsync();
        ReadResult read = await pipe.Reader.ReadAsync();
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, read.Buffer.First);
        pipe.Reader.AdvanceTo(read.Buffer.End);
        await pipe.Reader.CompleteAsync();
        submitted.Notify();
        await NamesAsync("ZCS0002", receipt.Recycled.AsTask());
    }

    [Fact]
    public async Task A_received_buffer_whose_lease_ends_in_flight_is_none_of_these()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        Task<ReceiveLease> receiving = sim.Stream.ReceiveLeasedAsync().AsTask();
        Submitted standing = await sim.Kernel.NextAsync();
        standing.Receive(new byte[100]);
        ReceiveLease lease = await receiving.WaitAsync(MoreRuleTests.Deadline);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, lease.Memory);
        lease.Dispose();
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(MoreRuleTests.Deadline);
        Assert.Equal(0, sim.Engine.GetStatistics().GuardViolations);
    }

    [Fact]
    public async Task An_array_returned_after_its_recycle_is_right_and_so_is_another_array_before()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] array = ArrayPool<byte>.Shared.Rent(5000);
        byte[] other = ArrayPool<byte>.Shared.Rent(5000);
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, array.AsMemory(0, 5000));
        ArrayPool<byte>.Shared.Return(other);
        submitted.Notify();
        await receipt.Recycled.AsTask().WaitAsync(MoreRuleTests.Deadline);
        ArrayPool<byte>.Shared.Return(array);
        Assert.Equal(0, sim.Engine.GetStatistics().GuardViolations);
    }

    [Fact]
    public async Task Bytes_of_ones_own_that_change_may_have_been_written_or_given_up_and_the_report_says_so()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] array = new byte[5000];
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, array);
        array[7]++;
        submitted.Notify();
        InvalidOperationException failure = await NamesAsync("ZCS0001", receipt.Recycled.AsTask());
        Assert.Contains("ZCS0002", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_written_while_a_receive_waits_fails_the_receive()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] memory = new byte[100];
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(memory);
        Submitted submitted = await sim.Kernel.NextAsync();
        memory[60] = 1;
        submitted.Complete(50);
        InvalidOperationException failure = await NamesAsync("ZCS0003", receiving.AsTask());
        Assert.Contains(nameof(Memory_written_while_a_receive_waits_fails_the_receive), failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, sim.Engine.GetStatistics().GuardViolations);
    }

    [Fact]
    public async Task Memory_written_while_a_datagram_is_waited_for_fails_the_receive()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] memory = new byte[100];
        ValueTask<ReceivedDatagram> receiving = sim.Datagram.ReceiveAsync(memory);
        Submitted submitted = await sim.Kernel.NextAsync();
        memory[99] = 1;
        submitted.Complete(99);
        await NamesAsync("ZCS0003", receiving.AsTask());
    }

    [Fact]
    public async Task What_a_receive_brings_is_no_violation()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] memory = [1, 2, 3, 4];
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(memory);
        Submitted submitted = await sim.Kernel.NextAsync();
        memory[0] = 9;
        memory[1] = 9;
        submitted.Complete(2);
        Assert.Equal(2, await receiving);
        Assert.Equal([9, 9, 3, 4], memory);
        Assert.Equal(0, sim.Engine.GetStatistics().GuardViolations);
    }

    [Fact]
    public async Task An_array_returned_to_its_pool_while_a_receive_waits_fails_the_receive()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] array = ArrayPool<byte>.Shared.Rent(5000);
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(array);
        Submitted submitted = await sim.Kernel.NextAsync();
        ArrayPool<byte>.Shared.Return(array);
        submitted.Complete(array.Length);
        await NamesAsync("ZCS0002", receiving.AsTask());
    }

    [Fact]
    public async Task Memory_that_a_receive_waits_for_is_not_sent()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] memory = new byte[5000];
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(memory.AsMemory(0, 100));
        Submitted submitted = await sim.Kernel.NextAsync();
        Names("ZCS0003", Assert.Throws<InvalidOperationException>(() => { _ = sim.Stream.SendZeroCopyAsync(memory); }));
        Names("ZCS0003", Assert.Throws<InvalidOperationException>(() => { _ = sim.Stream.SendZeroCopyAsync(new byte[10], memory.AsMemory(99)); }));
        Names("ZCS0003", Assert.Throws<InvalidOperationException>(() => { _ = sim.Datagram.ReceiveAsync(memory.AsMemory(50, 1)); }));
        (Submitted beside, SendReceipt receipt) = await SendOwedAsync(sim, memory.AsMemory(100));
        beside.Notify();
        await receipt.Recycled;
        submitted.Complete(100);
        Assert.Equal(100, await receiving);
        (Submitted sent, receipt) = await SendOwedAsync(sim, memory);
        sent.Notify();
        await receipt.Recycled;
    }

    [Fact]
    public async Task Memory_in_flight_is_not_received_into()
    {
        await using var sim = new SimulatedSockets(options: GuardTests.Checking);
        byte[] memory = new byte[5000];
        (Submitted submitted, SendReceipt receipt) = await SendOwedAsync(sim, memory);
        (Submitted twice, SendReceipt second) = await SendOwedAsync(sim, memory);
        Names("ZCS0001", Assert.Throws<InvalidOperationException>(() => { _ = sim.Stream.ReceiveAsync(memory.AsMemory(4999)); }));
        Names("ZCS0001", Assert.Throws<InvalidOperationException>(() => { _ = sim.Datagram.ReceiveAsync(memory); }));
        submitted.Notify();
        twice.Notify();
        await receipt.Recycled;
        await second.Recycled;
        ValueTask<int> receiving = sim.Stream.ReceiveAsync(memory);
        (await sim.Kernel.NextAsync()).Complete(1);
        Assert.Equal(1, await receiving);
    }

    private static void Names(string rule, Exception e) => Assert.StartsWith(rule, e.Message, StringComparison.Ordinal);

    private static async Task<InvalidOperationException> NamesAsync(string rule, Task failing)
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => failing.WaitAsync(MoreRuleTests.Deadline));
        Names(rule, failure);
        return failure;
    }

    private static async Task<(Submitted Submitted, SendReceipt Receipt)> SendOwedAsync(SimulatedSockets sim, ReadOnlyMemory<byte> memory)
    {
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(memory).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(memory.Length);
        return (submitted, await sending.WaitAsync(MoreRuleTests.Deadline));
    }

    private static Task<GuardViolationEventArgs> NextViolation(ZeroCopyEngine engine)
    {
        var reported = new TaskCompletionSource<GuardViolationEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.GuardViolated += (_, violation) => reported.TrySetResult(violation);
        return reported.Task;
    }

    /// <summary>Native memory that is gone, and says so, once it is disposed.</summary>
    private sealed unsafe class NativeOwner(int length) : MemoryManager<byte>
    {
        private byte* _bytes = (byte*)NativeMemory.AllocZeroed((nuint)length);

        // SAFETY: the memory is there until Dispose, after which nothing leads to it.
        public override Span<byte> GetSpan() => _bytes == null ? throw new ObjectDisposedException(nameof(NativeOwner)) : new Span<byte>(_bytes, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(_bytes + elementIndex, default, this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            NativeMemory.Free(_bytes);
            _bytes = null;
        }
    }
}
