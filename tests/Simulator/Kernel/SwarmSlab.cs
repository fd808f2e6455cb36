using System.Runtime.InteropServices;
using ZeroCopySockets.Buffers;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>The pool's memory. It notices when it is freed while the kernel owns part of it.</summary>
internal sealed unsafe class SwarmSlab(SwarmKernel kernel, nuint length) : Slab((byte*)NativeMemory.AllocZeroed(length), length)
{
    public bool IsFreed { get; private set; }

    public override void Free()
    {
        IsFreed = true;
        kernel.World.Guard(() => ViolationException.ThrowUnless(
            kernel.OwnerOf(Address, (int)Length) is not { } owner,
            Invariant.OwedMemoryIsUntouched,
            "the slab was freed while the kernel owned part of it"));
    }

    /// <summary>Really gives the memory back, when nobody can look at it any more.</summary>
    public void Release() => NativeMemory.Free(Address);
}
