using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Linux;

/// <summary>
/// An anonymous private mapping, faulted in at once unless told otherwise, in large pages where the system has them to give
/// (a send of 64 KiB then has one piece of memory to the kernel instead of 16), and not inherited by forked children.
/// </summary>
internal sealed unsafe class LinuxSlab : Slab
{
    private const nuint LargePage = 2 << 20;

    private LinuxSlab(byte* address, nuint length) : base(address, length)
    {
    }

    public static LinuxSlab Allocate(nuint length, bool populate = true)
    {
        byte* address = populate && length >= LargePage ? MapAligned(length) : Libc.MapMemory(length, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
        if (address == null)
        {
            throw new KernelException(-KernelError.ENOMEM, $"Mapping {length / 1024} KiB of buffer memory failed; lower the buffer counts in ZeroCopyOptions.");
        }

        if (populate)
        {
            // Both only advice: what it does not bring about, the first use of a page does.
            Libc.AdviseLargePages(address, length);
            Libc.AdvisePopulate(address, length);
        }

        // A forked child would turn the pages copy-on-write, and this process would write to new pages while the
        // kernel reads the pinned old ones (madvise(2), MADV_DONTFORK).
        Libc.AdviseDontFork(address, length);
        return new LinuxSlab(address, length);
    }

    public override void Free() => Libc.UnmapMemory(Address, Length);

    /// <summary>Maps more than is wanted, and gives back what lies before the first large page and behind the end.</summary>
    private static byte* MapAligned(nuint length)
    {
        byte* start = Libc.MapMemory(length + LargePage, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
        if (start == null)
        {
            return null;
        }

        nuint before = (LargePage - (nuint)start % LargePage) % LargePage;
        byte* aligned = start + before;
        nuint pageSize = (nuint)Environment.SystemPageSize;
        nuint end = (length + pageSize - 1) / pageSize * pageSize;
        if (before > 0)
        {
            Libc.UnmapMemory(start, before);
        }

        Libc.UnmapMemory(aligned + end, length + LargePage - before - end);
        return aligned;
    }
}
