using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Runtime.Tests.Ownership;

/// <summary>Every transition of the state machine, legal and illegal.</summary>
public sealed class SlotStateTests
{
    private readonly SlotStates _states = new(1);

    [Fact]
    public void A_fresh_slot_is_free() => AssertState(SlotState.Free, 0);

    [Fact]
    public void Free_to_leased()
    {
        _states.Lease(0);
        AssertState(SlotState.Leased, 0);
    }

    [Fact]
    public void Leased_to_free()
    {
        uint generation = _states.Lease(0);
        Assert.True(_states.EndLease(0, generation));
        AssertState(SlotState.Free, 0);
    }

    [Fact]
    public void Leased_to_in_flight_and_back_counts_every_send()
    {
        uint generation = _states.Lease(0);
        _states.BeginSend(0, generation);
        AssertState(SlotState.InFlight, 1);
        _states.BeginSend(0, generation);
        AssertState(SlotState.InFlight, 2);
        Assert.False(_states.EndSend(0));
        AssertState(SlotState.InFlight, 1);
        Assert.False(_states.EndSend(0));
        AssertState(SlotState.Leased, 0);
    }

    [Fact]
    public void In_flight_to_free_when_the_lease_ended_meanwhile()
    {
        uint generation = _states.Lease(0);
        _states.BeginSend(0, generation);
        _states.BeginSend(0, generation);
        Assert.False(_states.EndLease(0, generation));
        AssertState(SlotState.InFlight, 2);
        Assert.False(_states.EndSend(0));
        Assert.True(_states.EndSend(0));
        AssertState(SlotState.Free, 0);
    }

    [Fact]
    public void In_flight_to_quarantined_and_never_back()
    {
        uint generation = _states.Lease(0);
        _states.BeginSend(0, generation);
        Assert.True(_states.Quarantine(0));
        Assert.False(_states.Quarantine(0));
        AssertState(SlotState.Quarantined, 1);
        Assert.False(_states.EndSend(0));
        AssertState(SlotState.Quarantined, 0);
        Assert.False(_states.EndLease(0, generation));
        AssertState(SlotState.Quarantined, 0);
        Assert.Throws<InvalidOperationException>(() => _states.Lease(0));
    }

    [Fact]
    public void Leasing_a_slot_that_is_not_free_throws()
    {
        uint generation = _states.Lease(0);
        Assert.Throws<InvalidOperationException>(() => _states.Lease(0));
        _states.BeginSend(0, generation);
        _states.EndLease(0, generation);
        Assert.Throws<InvalidOperationException>(() => _states.Lease(0));
    }

    [Fact]
    public void Sending_a_slot_that_is_not_leased_throws()
    {
        uint generation = _states.Lease(0);
        _states.EndLease(0, generation);
        Assert.Throws<ObjectDisposedException>(() => _states.BeginSend(0, generation));
        Assert.Throws<ObjectDisposedException>(() => _states.BeginSend(0, generation + 1));
        AssertState(SlotState.Free, 0);
    }

    [Fact]
    public void A_notification_too_many_throws()
    {
        Assert.Throws<InvalidOperationException>(() => _states.EndSend(0));
        _states.Lease(0);
        Assert.Throws<InvalidOperationException>(() => _states.EndSend(0));
        AssertState(SlotState.Leased, 0);
    }

    [Fact]
    public void Ending_a_lease_twice_throws()
    {
        uint generation = _states.Lease(0);
        _states.EndLease(0, generation);
        Assert.Throws<ObjectDisposedException>(() => _states.EndLease(0, generation));
    }

    [Fact]
    public void A_lease_of_an_earlier_tenant_can_do_nothing()
    {
        uint stale = _states.Lease(0);
        _states.EndLease(0, stale);
        uint current = _states.Lease(0);
        Assert.NotEqual(stale, current);
        Assert.Throws<ObjectDisposedException>(() => _states.ThrowIfNotWritable(0, stale));
        Assert.Throws<ObjectDisposedException>(() => _states.ThrowIfStale(0, stale));
        Assert.Throws<ObjectDisposedException>(() => _states.BeginSend(0, stale));
        Assert.Throws<ObjectDisposedException>(() => _states.EndLease(0, stale));
        Assert.Throws<ObjectDisposedException>(() => _states.IsInFlight(0, stale));
        _states.ThrowIfNotWritable(0, current);
    }

    [Fact]
    public void Writing_is_refused_in_flight_and_allowed_again_afterwards_while_reading_always_is()
    {
        uint generation = _states.Lease(0);
        _states.ThrowIfNotWritable(0, generation);
        _states.BeginSend(0, generation);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => _states.ThrowIfNotWritable(0, generation));
        Assert.StartsWith("ZCS0001", e.Message, StringComparison.Ordinal);
        _states.ThrowIfStale(0, generation);
        _states.EndSend(0);
        _states.ThrowIfNotWritable(0, generation);
    }

    [Fact]
    public void The_generation_survives_running_through_all_its_values()
    {
        // The word's upper half wraps; no bit may leak into the lower one.
        var words = (ulong[])typeof(SlotStates)
            .GetField("_words", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(_states)!;
        words[0] = (ulong)uint.MaxValue << 32;
        uint last = _states.Lease(0);
        Assert.Equal(uint.MaxValue, last);
        Assert.True(_states.EndLease(0, last));
        AssertState(SlotState.Free, 0);
        Assert.Equal(0u, _states.Lease(0));
    }

    [Fact]
    public void Concurrent_sends_and_notifications_end_where_they_began()
    {
        uint generation = _states.Lease(0);
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                _states.BeginSend(0, generation);
                _states.EndSend(0);
            }
        });
        AssertState(SlotState.Leased, 0);
    }

    private void AssertState(SlotState expected, uint inFlight)
    {
        Assert.Equal(expected, _states.Observe(0, out uint count));
        Assert.Equal(inFlight, count);
    }
}
