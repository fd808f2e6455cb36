using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Simulation;

/// <summary>Sends of several pieces: what the kernel is told, what is pinned and what is copied, and that every piece comes back.</summary>
public sealed class GatheredSendTests
{
    private static readonly TimeSpan Deadline = MoreRuleTests.Deadline;

    [Fact]
    public async Task A_small_header_beside_a_large_payload_is_copied_and_not_lent()
    {
        await using var sim = Adaptive();
        BufferLease header = sim.Stream.Rent(16);
        BufferLease payload = sim.Stream.Rent(4096);
        header.Edit().Fill(1);
        payload.Edit().Fill(2);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(header, payload).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, submitted.Operation);
        Assert.True(submitted.Registered);
        Assert.Equal([16, 4096], submitted.Pieces);
        Assert.False(header.IsInFlight);
        Assert.True(payload.IsInFlight);

#pragma warning disable ZCS0001 // That the header was copied is what this test shows.
        header.Edit().Fill(9);
#pragma warning restore ZCS0001
        Assert.Equal([.. Enumerable.Repeat((byte)1, 16), .. Enumerable.Repeat((byte)2, 4096)], submitted.Bytes);
        submitted.CompleteWithMore(4112);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        Assert.Equal(4112, receipt.BytesSent);
        Assert.False(receipt.IsRecycled);
        submitted.Notify();
        await receipt.Recycled;
        Assert.False(payload.IsInFlight);
        header.Dispose();
        payload.Dispose();
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Many_small_pieces_do_not_add_up_to_a_zero_copy_send()
    {
        // netty#16086: a threshold on the total dragged every header into zero copy.
        await using var sim = Adaptive();
        byte[][] pieces = [.. Enumerable.Range(0, 100).Select(i => new byte[900])];
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync([.. pieces.Select(piece => (SendSegment)piece)]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Send, submitted.Operation);
        Assert.Equal(100, submitted.Pieces.Length);
        submitted.Complete(90_000);
        await (await sending.WaitAsync(Deadline)).Recycled;
        Assert.Equal(1, sim.Engine.GetStatistics().CopiedBelowThreshold);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task Small_pieces_keep_their_places_between_large_ones()
    {
        await using var sim = Adaptive();
        byte[][] pieces = [[1, 2], new byte[5000], [3], [4, 5], new byte[5000], [6]];
        Task<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync([.. pieces.Select(piece => (SendSegment)piece)]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal([2, 5000, 3, 5000, 1], submitted.Pieces);
        Assert.False(submitted.Registered);
        Assert.Equal(pieces.SelectMany(piece => piece), submitted.Bytes);
        submitted.Complete(10_006);
        await sending.WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_short_send_goes_on_in_the_middle_of_a_piece()
    {
        await using var sim = new SimulatedSockets();
        byte[][] pieces = [Payload.Make(10, 1), Payload.Make(20, 2), Payload.Make(30, 3)];
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync([.. pieces.Select(piece => (SendSegment)piece)]).AsTask();
        Submitted part = await sim.Kernel.NextAsync();
        part.CompleteWithMore(17);
        Submitted rest = await sim.Kernel.NextAsync();
        Assert.Equal([13, 30], rest.Pieces);
        Assert.Equal(pieces.SelectMany(piece => piece).Skip(17), rest.Bytes);
        rest.Complete(43);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        Assert.Equal(60, receipt.BytesSent);
        Assert.False(receipt.IsRecycled);
        part.Notify();
        await receipt.Recycled.AsTask().WaitAsync(Deadline);
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_send_refused_as_invalid_goes_on_as_a_copy_and_says_nothing_of_the_next()
    {
        // netty#16438: the refusal of a missing SENDMSG_ZC was answered with the same submission again, for ever. Whether the
        // kernel has it is found out at start-up; an invalid argument, a port 0 say, is that send's alone.
        await using var sim = new SimulatedSockets();
        Task<SendReceipt> first = sim.Stream.SendZeroCopyAsync(new byte[5000], new byte[5000]).AsTask();
        (await sim.Kernel.NextAsync()).Complete(-KernelError.EINVAL);
        Submitted copy = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.Send, copy.Operation);
        copy.Complete(10_000);
        await first.WaitAsync(Deadline);

        Task<SendReceipt> second = sim.Stream.SendZeroCopyAsync(new byte[5000], new byte[5000]).AsTask();
        Submitted next = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, next.Operation);
        next.Complete(10_000);
        await second.WaitAsync(Deadline);
        Assert.Equal(1, sim.Engine.GetStatistics().CopiedNotSupported);
    }

    [Fact]
    public async Task The_slot_of_the_small_pieces_takes_no_piece_of_the_limit()
    {
        await using var sim = Adaptive();
        byte[] large = new byte[4096];
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync([new byte[8], .. Enumerable.Repeat((SendSegment)large, 1023)]).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(1024, submitted.Pieces.Length);
        submitted.Complete(submitted.Length);
        await (await sending.WaitAsync(Deadline)).Recycled;
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_piece_that_cannot_be_lent_gives_back_those_before_it()
    {
        await using var sim = Adaptive();
        BufferLease good = sim.Stream.Rent(4096);
        BufferLease disposed = sim.Stream.Rent(4096);
        disposed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { _ = sim.Stream.SendZeroCopyAsync([new byte[8], good, disposed]); });
        Assert.False(good.IsInFlight);
        good.Edit().Fill(1);
        good.Dispose();
        sim.AssertNothingOwed();
        Assert.Equal(14, sim.Engine.GetStatistics().FreeBuffers);
    }

    [Fact]
    public async Task Too_many_pieces_are_refused_and_nothing_stays_lent()
    {
        await using var sim = Adaptive();
        using BufferLease lease = sim.Stream.Rent(4096);
        SendSegment[] segments = [.. Enumerable.Repeat(new SendSegment(lease), 1025)];
        Assert.Throws<ArgumentException>(() => { _ = sim.Stream.SendZeroCopyAsync(segments); });
        Assert.False(lease.IsInFlight);
    }

    [Fact]
    public async Task Many_messages_travel_in_one_send_of_few_slots()
    {
        await using var sim = Adaptive();
        Tick[] ticks = [.. Enumerable.Range(0, 1000).Select(i => new Tick { Sequence = (ulong)i })];
        Task<SendReceipt> sending = sim.Stream.SendManyAsync<Tick>(ticks).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, submitted.Operation);
        Assert.True(submitted.Registered);
        Assert.Equal([1000 * Tick.WireSize], submitted.Pieces);
        for (int i = 0; i < ticks.Length; i++)
        {
            Assert.True(Tick.TryDecode(submitted.Bytes.AsSpan(i * Tick.WireSize), out Tick tick).IsOk);
            Assert.Equal(ticks[i], tick);
        }

        submitted.Complete(submitted.Length);
        SendReceipt receipt = await sending.WaitAsync(Deadline);
        Assert.Equal(1000 * Tick.WireSize, receipt.BytesSent);
        await receipt.Recycled;
        sim.AssertNothingOwed();
    }

    [Fact]
    public async Task A_payload_worth_it_travels_by_zero_copy_in_one_send_with_its_header_beside_it()
    {
        await using var sim = Adaptive();
        BufferLease payload = sim.Stream.Rent(8192);
        payload.Edit().Fill(7);
        Task<SendReceipt> sending = sim.Stream.SendZeroCopyAsync(new Part { Number = 5 }, payload).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        Assert.Equal(KernelOperation.SendZeroCopy, submitted.Operation);
        Assert.True(submitted.Registered);
        Assert.Equal([Part.MaxWireSize, 8192], submitted.Pieces);
        Assert.Equal([0, 0, 0, 5, 0, 0, 0x20, 0, 7], submitted.Bytes[..9]);
        Assert.True(payload.IsInFlight);
        submitted.Complete(submitted.Length);
        await (await sending.WaitAsync(Deadline)).Recycled;
        Assert.False(payload.IsInFlight);
        payload.Dispose();
        sim.AssertNothingOwed();
    }

    private static SimulatedSockets Adaptive() => new(options: new ZeroCopyOptions
    {
        LoopCount = 1,
        ZeroCopyThreshold = 1024,
        DatagramZeroCopyThreshold = 1024,
        OffLoopZeroCopyThreshold = 1024,
        UnregisteredZeroCopyThreshold = 4096,
        SmallBuffers = 8,
        MediumBuffers = 4,
        LargeBuffers = 2,
    });
}
