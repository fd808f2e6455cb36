using System.Buffers;
using System.Runtime.CompilerServices;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Runtime.Tests.Ownership;

/// <summary>Memory of the caller's that the kernel writes to stays where it is, however often the one who holds it has held others.</summary>
public sealed unsafe class ReusablePinTests
{
    [Fact]
    public void An_array_stays_where_it_is_until_it_is_released_and_so_does_the_next_one()
    {
        var pin = new ReusablePin();
        for (int i = 0; i < 3; i++)
        {
            byte[] array = MakeAmongGarbage();
            byte* held = pin.Hold(array.AsMemory(5, 10));
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            Assert.True(held == Unsafe.AsPointer(ref array[5]));
            pin.Release();
        }
    }

    [Fact]
    public void An_array_is_alive_while_it_is_held_and_not_after()
    {
        var pin = new ReusablePin();
        WeakReference held = HoldOne(pin);
        GC.Collect();
        Assert.True(held.IsAlive);
        pin.Release();
        GC.Collect();
        Assert.False(held.IsAlive);
    }

    [Fact]
    public void Memory_that_is_no_array_is_pinned_and_unpinned_by_its_owner()
    {
        var pin = new ReusablePin();
        using var owner = new Owner();
        Assert.True(pin.Hold(owner.Memory) == (byte*)1234);
        Assert.Equal(1, owner.Pins);
        pin.Release();
        Assert.Equal(0, owner.Pins);
        pin.Hold(new byte[1]);
        pin.Release();
        Assert.Equal(0, owner.Pins);
    }

    [Fact]
    public void Memory_whose_pin_keeps_nothing_alive_is_alive_while_it_is_held_and_not_after()
    {
        var pin = new ReusablePin();
        WeakReference held = HoldUnkept(pin);
        GC.Collect();
        Assert.True(held.IsAlive);
        pin.Release();
        GC.Collect();
        Assert.False(held.IsAlive);
    }

    [Fact]
    public void No_memory_needs_no_holding()
    {
        var pin = new ReusablePin();
        pin.Hold(default);
        pin.Release();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference HoldOne(ReusablePin pin)
    {
        byte[] array = new byte[100];
        pin.Hold(array);
        return new WeakReference(array);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference HoldUnkept(ReusablePin pin)
    {
        var owner = new Owner { KeepsItself = false };
        pin.Hold(owner.Memory);
        return new WeakReference(owner);
    }

    private static byte[] MakeAmongGarbage()
    {
        // What is around it goes, so that a collection would move it.
        for (int i = 0; i < 100; i++)
        {
            GC.KeepAlive(new byte[1000]);
        }

        return new byte[100];
    }

    private sealed class Owner : MemoryManager<byte>
    {
        public int Pins { get; private set; }

        /// <summary>Whether what its pin returns refers to it; that of unmanaged memory often does not.</summary>
        public bool KeepsItself { get; init; } = true;

        public override Span<byte> GetSpan() => throw new NotSupportedException();

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Pins++;
            return new MemoryHandle((void*)1234, pinnable: KeepsItself ? this : null);
        }

        public override void Unpin() => Pins--;

        public override Memory<byte> Memory => CreateMemory(8);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
