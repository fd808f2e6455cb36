using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>The memory of the pool, or of a loop's receive buffers. It notices when it is freed while the kernel owns part of it.</summary>
internal sealed unsafe class SwarmSlab(SwarmKernel kernel, nuint length) : Slab((byte*)NativeMemory.AllocZeroed(length), length)
{
    public bool IsFreed { get; private set; }

    public override void Free()
    {
        IsFreed = true;
        // Whoever looks at it now sees something else.
        new Span<byte>(Address, (int)Length).Fill(0xDB);
        kernel.World.Guard(() => ViolationException.ThrowUnless(
            kernel.OwnerOf(Address, (int)Length) is not { } owner,
            Invariant.OwedMemoryIsUntouched,
            "a slab was freed while the kernel owned part of it"));
    }

    /// <summary>Really gives the memory back, when nobody can look at it any more.</summary>
    public void Release() => NativeMemory.Free(Address);
}
