using System.Buffers;
using System.Runtime.InteropServices;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>
/// Memory of the caller's that notices when it is unpinned while the kernel owns it. Native, so that a kernel that looks at
/// it too late sees wrong bytes and not an unmapped page.
/// </summary>
internal sealed unsafe class TrackedMemory(SwarmKernel kernel, int length) : MemoryManager<byte>
{
    private readonly byte* _address = (byte*)NativeMemory.AllocZeroed((nuint)length);
    private int _pins;

    public override Span<byte> GetSpan() => new(_address, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        Interlocked.Increment(ref _pins);
        return new MemoryHandle(_address + elementIndex, default, this);
    }

    public override void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) == 0)
        {
            kernel.World.Guard(() => CheckOwn("was unpinned"));
        }
    }

    /// <summary>The caller has been told that the memory is its own again.</summary>
    public void CheckOwn(string what)
    {
        ViolationException.ThrowUnless(
            kernel.OwnerOf(_address, length) is not { } owner, Invariant.OwedMemoryIsUntouched, $"memory {what} while the kernel owns it for {kernel.OwnerOf(_address, length)}");
    }

    public void Free() => NativeMemory.Free(_address);

    protected override void Dispose(bool disposing)
    {
        // Freed by the run when nobody can look at it any more.
    }
}
