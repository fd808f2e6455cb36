using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Linux;

/// <summary>An anonymous private mapping, faulted in at once unless told otherwise, and not inherited by forked children.</summary>
/// <remarks>
/// Not in large pages, although a send from one costs the kernel a third less: it charges the socket for everything from the start
/// of the large page to the end of the send (io_sg_from_iter, Linux 6.18), and a socket so full takes no more.
/// </remarks>
internal sealed unsafe class LinuxSlab : Slab
{
    private LinuxSlab(byte* address, nuint length) : base(address, length)
    {
    }

    public static LinuxSlab Allocate(nuint length, bool populate = true)
    {
        byte* address = Libc.MapMemory(length, Libc.MapPrivate | Libc.MapAnonymous | (populate ? Libc.MapPopulate : 0), -1, 0);
        if (address == null)
        {
            throw new KernelException(-KernelError.ENOMEM, $"Mapping {length / 1024} KiB of buffer memory failed; lower the buffer counts in ZeroCopyOptions.");
        }

        // A forked child would turn the pages copy-on-write, and this process would write to new pages while the
        // kernel reads the pinned old ones (madvise(2), MADV_DONTFORK).
        Libc.AdviseDontFork(address, length);
        return new LinuxSlab(address, length);
    }

    public override void Free() => Libc.UnmapMemory(Address, Length);
}
