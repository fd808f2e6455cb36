using System.Runtime.CompilerServices;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Runtime.Tests.Simulation;

// What these tests do on purpose the compiler rightly refuses: they are about what catches a write where it was silenced.
#pragma warning disable ZCS0001

namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>
/// Guard mode on the simulated kernel, where a test says when the kernel lets go. Would catch a guard that looks too late
/// (after the slot is somebody else's), reports the wrong send, or keeps the buffer of a send it reported.
/// </summary>
public sealed class GuardTests
{
    /// <summary>An engine with a guard, on which every send is zero-copy.</summary>
    internal static readonly ZeroCopyOptions Checking = new()
    {
        LoopCount = 1,
        Policy = ZeroCopyPolicy.Always,
        SmallBuffers = 8,
        MediumBuffers = 4,
        LargeBuffers = 2,
        CloseTimeout = TimeSpan.FromMilliseconds(50),
        Guard = GuardMode.Check,
    };

    [Fact]
    public async Task A_write_between_send_and_recycle_is_reported_with_the_line_of_the_send()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        Task<GuardViolationEventArgs> reported = NextViolation(sim.Engine);
        using BufferLease lease = sim.Datagram.Rent(200);
        lease.Edit().Clear();
        (Task<SendReceipt> sending, int line) = SendLease(sim, lease);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(200);
        Task recycled = (await sending).Recycled.AsTask();
        WriteBehindTheBack(lease);
        submitted.Notify();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => recycled.WaitAsync(MoreRuleTests.Deadline));
        GuardViolationEventArgs violation = await reported.WaitAsync(MoreRuleTests.Deadline);
        Assert.Contains("ZCS0001", failure.Message, StringComparison.Ordinal);
        Assert.Equal(failure.Message, violation.Message);
        Assert.Equal(200, violation.Length);
        Assert.Contains($"{nameof(GuardTests)}.{nameof(SendLease)} in {ThisFile()}:{line}", violation.SendCallSite, StringComparison.Ordinal);
        Assert.Equal(1, sim.Engine.GetStatistics().GuardViolations);
        Assert.False(lease.IsInFlight);
        lease.Edit().Clear();
    }

    [Fact]
    public async Task A_write_during_a_fan_out_fails_its_recycle()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        using BufferLease lease = sim.Stream.Rent(200);
        lease.Edit().Clear();
        ValueTask<SendReceipt> sending = sim.Engine.SendToAllAsync([sim.Stream], lease);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(200);
        Task recycled = (await sending).Recycled.AsTask();
        WriteBehindTheBack(lease);
        submitted.Notify();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => recycled.WaitAsync(MoreRuleTests.Deadline));
        Assert.Contains("ZCS0001", failure.Message, StringComparison.Ordinal);
        Assert.False(lease.IsInFlight);
    }

    [Fact]
    public async Task A_receipt_of_a_fan_out_that_is_over_says_so_while_the_next_is_under_way()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        using BufferLease lease = sim.Stream.Rent(200);
        ValueTask<SendReceipt> sending = sim.Engine.SendToAllAsync([sim.Stream], lease);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(200);
        SendReceipt first = await sending;
        Assert.False(first.IsRecycled);
        submitted.Notify();
        await first.Recycled;

        ValueTask<SendReceipt> second = sim.Engine.SendToAllAsync([sim.Stream], lease);
        submitted = await sim.Kernel.NextAsync();
        Assert.True(first.IsRecycled);
        await first.Recycled;
        submitted.CompleteWithMore(200);
        SendReceipt next = await second;
        Assert.False(next.IsRecycled);
        submitted.Notify();
        await next.Recycled;
    }

    [Fact]
    public async Task A_write_to_memory_of_the_callers_own_is_reported_with_the_line_of_the_send()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        Task<GuardViolationEventArgs> reported = NextViolation(sim.Engine);
        byte[] memory = new byte[5000];
        (Task<SendReceipt> sending, int line) = SendMemory(sim, memory);
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(5000);
        SendReceipt receipt = await sending;
        memory[4999] ^= 1;
        submitted.Notify();

        Assert.Contains($":{line}", (await reported.WaitAsync(MoreRuleTests.Deadline)).SendCallSite, StringComparison.Ordinal);
        // Awaited only long after the notification: the receipt must still know.
        await Eventually.TrueAsync(() => receipt.IsRecycled, () => "The buffer does not come back.");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await receipt.Recycled);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await receipt.Recycled);
    }

    [Fact]
    public async Task The_unified_completion_fails_and_the_buffer_is_back()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        using BufferLease lease = sim.Stream.Rent(300);
        lease.Edit().Clear();
        Task sending = sim.Stream.SendAndRecycleAsync(lease).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        submitted.CompleteWithMore(300);
        WriteBehindTheBack(lease);
        submitted.Notify();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => sending.WaitAsync(MoreRuleTests.Deadline));
        Assert.Contains("ZCS0001", failure.Message, StringComparison.Ordinal);
        Assert.False(lease.IsInFlight);
        Assert.Equal(0, sim.Engine.GetStatistics().OwedNotifications);
    }

    [Fact]
    public async Task A_send_that_ends_before_its_result_is_taken_still_fails_its_recycle()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        byte[] memory = new byte[5000];
        ValueTask<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(memory);
        Submitted submitted = await sim.Kernel.NextAsync();
        memory[0]++;
        submitted.CompleteWithMore(5000);
        submitted.Notify();
        await Eventually.TrueAsync(() => sim.Engine.GetStatistics().OwedNotifications == 0, () => "The notification was not taken in.");

        SendReceipt receipt = await sending;
        Assert.Equal(5000, receipt.BytesSent);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await receipt.Recycled);
    }

    [Fact]
    public async Task A_span_that_outlived_its_lease_is_caught_writing_to_the_slots_next_tenant()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        Task<GuardViolationEventArgs> reported = NextViolation(sim.Engine);
        BufferLease stale = sim.Datagram.Rent(Tick.WireSize);
        Action write = KeepSpanOf(stale);
        stale.Dispose();
        // A message nobody holds a lease on: encoded into the slot just returned.
        ValueTask<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(new Tick { Sequence = 1 });
        Submitted submitted = await sim.Kernel.NextAsync();
        write();
        submitted.CompleteWithMore(Tick.WireSize);
        submitted.Notify();

        Assert.Contains(nameof(A_span_that_outlived_its_lease_is_caught_writing_to_the_slots_next_tenant), (await reported.WaitAsync(MoreRuleTests.Deadline)).SendCallSite, StringComparison.Ordinal);
        await sending;
        await Eventually.TrueAsync(() => sim.Engine.GetStatistics().FreeBuffers == 14, () => "The slot did not return.");
    }

    [Fact]
    public async Task Of_two_sends_in_flight_of_one_buffer_only_the_one_written_under_is_reported()
    {
        await using var sim = new SimulatedSockets(options: Checking);
        using BufferLease lease = sim.Datagram.Rent(100);
        lease.Edit().Clear();
        Task<SendReceipt> first = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted one = await sim.Kernel.NextAsync();
        WriteBehindTheBack(lease);
        Task<SendReceipt> second = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        Submitted two = await sim.Kernel.NextAsync();
        one.CompleteWithMore(100);
        two.CompleteWithMore(100);
        two.Notify();
        await (await second).Recycled.AsTask().WaitAsync(MoreRuleTests.Deadline);
        one.Notify();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await (await first).Recycled.AsTask().WaitAsync(MoreRuleTests.Deadline));
        Assert.Equal(1, sim.Engine.GetStatistics().GuardViolations);
    }

    [Fact]
    public async Task With_the_guard_off_nothing_is_looked_at()
    {
        await using var sim = new SimulatedSockets(options: Checking with { Guard = GuardMode.Off });
        byte[] memory = new byte[5000];
        Task sending = sim.Datagram.SendAndRecycleAsync(memory).AsTask();
        Submitted submitted = await sim.Kernel.NextAsync();
        memory[0]++;
        submitted.CompleteWithMore(5000);
        submitted.Notify();
        await sending.WaitAsync(MoreRuleTests.Deadline);
        Assert.Equal(0, sim.Engine.GetStatistics().GuardViolations);
    }

    [Theory]
    [InlineData(null, GuardMode.Off)]
    [InlineData("", GuardMode.Off)]
    [InlineData("0", GuardMode.Off)]
    [InlineData("1", GuardMode.Check)]
    [InlineData("Check", GuardMode.Check)]
    [InlineData("2", GuardMode.Protect)]
    [InlineData(" protect ", GuardMode.Protect)]
    public void The_environment_names_a_mode_by_number_or_name(string? value, GuardMode mode) => Assert.Equal(mode, GuardSettings.Parse(value));

    [Fact]
    public void A_misspelt_environment_variable_is_an_error() =>
        Assert.Contains("ZEROCOPYSOCKETS_GUARD=yes", Assert.Throws<InvalidOperationException>(() => GuardSettings.Parse("yes")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_mode_in_the_options_wins_over_the_environment() => Assert.Equal(GuardMode.Check, GuardSettings.Resolve(GuardMode.Check));

    [Fact]
    public void A_mode_that_is_none_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ZeroCopyEngine.Create(new ZeroCopyOptions { Guard = (GuardMode)9 }));

    // Not async and not inlined: the line of its send is the line that must be named.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Task<SendReceipt> Sending, int Line) SendLease(SimulatedSockets sim, BufferLease lease)
    {
        Task<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(lease).AsTask();
        return (sending, ThisLine() - 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Task<SendReceipt> Sending, int Line) SendMemory(SimulatedSockets sim, byte[] memory)
    {
        Task<SendReceipt> sending = sim.Datagram.SendZeroCopyAsync(memory).AsTask();
        return (sending, ThisLine() - 1);
    }

    private static unsafe void WriteBehindTheBack(BufferLease lease)
    {
        // SAFETY: the lease is held by the caller, and the slab outlives the test.
        fixed (byte* bytes = lease.Read())
        {
            bytes[lease.Length - 1]++;
        }
    }

    private static unsafe Action KeepSpanOf(BufferLease lease)
    {
        // SAFETY: slab memory does not move; the engine outlives the action.
        nint address = (nint)Unsafe.AsPointer(ref lease.Edit()[0]);
        return () => ++*(byte*)address;
    }

    private static Task<GuardViolationEventArgs> NextViolation(ZeroCopyEngine engine)
    {
        var reported = new TaskCompletionSource<GuardViolationEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.GuardViolated += (_, violation) => reported.TrySetResult(violation);
        return reported.Task;
    }

    private static int ThisLine([CallerLineNumber] int line = 0) => line;

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
