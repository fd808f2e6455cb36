using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Runtime.Tests.Ownership;

/// <summary>Renting and returning, alone and in a crowd.</summary>
public sealed class BufferPoolTests : IDisposable
{
    private readonly TestSlab _slab;
    private readonly BufferPool _pool;

    public BufferPoolTests()
    {
        int[] counts = [2, 1, 1];
        _slab = new TestSlab(BufferPool.MemoryFor(counts));
        _pool = new BufferPool(_slab, counts, TimeSpan.FromSeconds(10));
    }

    public void Dispose() => _slab.Free();

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_536)]
    public void A_lease_has_the_length_asked_for(int length)
    {
        using BufferLease lease = _pool.Rent(length);
        Assert.Equal(length, lease.Length);
        Assert.Equal(length, lease.Edit().Length);
        Assert.Equal(length, lease.Read().Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65_537)]
    public void A_length_no_slot_can_hold_is_refused(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(length));

    [Fact]
    public unsafe void Slots_do_not_overlap_and_lie_inside_the_slab()
    {
        BufferLease[] leases = [_pool.Rent(256), _pool.Rent(256), _pool.Rent(4096), _pool.Rent(65_536)];
        for (int i = 0; i < leases.Length; i++)
        {
            leases[i].Edit().Fill((byte)(i + 1));
        }

        for (int i = 0; i < leases.Length; i++)
        {
            Assert.Equal(leases[i].Length, leases[i].Read().Count((byte)(i + 1)));
            fixed (byte* start = leases[i].Read())
            {
                Assert.InRange((nint)start, (nint)_slab.Address, (nint)(_slab.Address + _slab.Length) - leases[i].Length);
                Assert.Equal(0, (nint)start % 64);
            }

            leases[i].Dispose();
        }
    }

    [Fact]
    public void When_its_own_size_has_run_out_a_small_message_takes_a_larger_slot()
    {
        BufferLease[] leases = [_pool.Rent(8), _pool.Rent(8), _pool.Rent(8), _pool.Rent(8)];
        Assert.False(_pool.TryRent(8, out _));
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => _pool.Rent(8));
        Assert.Contains("4 leased", e.Message, StringComparison.Ordinal);
        foreach (BufferLease lease in leases)
        {
            lease.Dispose();
        }

        Assert.Equal((4, 0, 0, 0), _pool.Count());
    }

    [Fact]
    public async Task Waiters_are_served_in_the_order_in_which_they_came()
    {
        BufferLease large = _pool.Rent(65_536);
        ValueTask<BufferLease>[] waiting = [_pool.RentAsync(60_000, default), _pool.RentAsync(60_001, default), _pool.RentAsync(60_002, default)];
        BufferLease held = large;
        for (int i = 0; i < waiting.Length; i++)
        {
            Assert.DoesNotContain(waiting[i..], task => task.IsCompleted);
            held.Dispose();
            held = await waiting[i].AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(60_000 + i, held.Length);
        }

        held.Dispose();
    }

    [Fact]
    public async Task A_cancelled_waiter_leaves_the_line_and_the_slot_goes_to_the_next()
    {
        BufferLease large = _pool.Rent(65_536);
        using var cancellation = new CancellationTokenSource();
        Task<BufferLease> first = _pool.RentAsync(60_000, cancellation.Token).AsTask();
        Task<BufferLease> second = _pool.RentAsync(60_000, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        large.Dispose();
        (await second.WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
        Assert.Equal((4, 0, 0, 0), _pool.Count());
    }

    [Fact]
    public async Task Waiting_too_long_says_where_the_buffers_are()
    {
        var slab = new TestSlab(BufferPool.MemoryFor([0, 0, 1]));
        var pool = new BufferPool(slab, [0, 0, 1], TimeSpan.FromMilliseconds(20));
        BufferLease lease = pool.Rent(1);
        TimeoutException e = await Assert.ThrowsAsync<TimeoutException>(async () => await pool.RentAsync(1, default));
        Assert.Contains("1 leased", e.Message, StringComparison.Ordinal);
        lease.Dispose();
        pool.Rent(1).Dispose();
        slab.Free();
    }

    [Fact]
    public async Task A_crowd_that_rents_and_returns_never_shares_a_slot_and_loses_none()
    {
        // Would catch an ABA in the free list and a lost wake-up of a waiter.
        Task[] crowd = [.. Enumerable.Range(1, 8).Select(id => Task.Run(async () =>
        {
            for (int i = 0; i < 3_000; i++)
            {
                using BufferLease lease = await _pool.RentAsync(16, default);
                lease.Edit().Fill((byte)id);
                if (i % 64 == 0)
                {
                    await Task.Yield();
                }

                Assert.Equal(16, lease.Read().Count((byte)id));
            }
        }))];
        await Task.WhenAll(crowd).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((4, 0, 0, 0), _pool.Count());
    }

    [Fact]
    public void The_default_lease_says_that_it_holds_nothing() =>
        Assert.Throws<ObjectDisposedException>(() => default(BufferLease).Edit());

    private sealed unsafe class TestSlab(nuint length) : Slab((byte*)NativeMemory.AlignedAlloc(length, 4096), length)
    {
        public override void Free() => NativeMemory.AlignedFree(Address);
    }
}
