using System.Runtime.InteropServices;

namespace ZeroCopySockets.Diagnostics;

/// <summary>Makes whole pages of a slab read-only for a while (mprotect(2)).</summary>
/// <remarks>
/// The kernel's pins on registered pages stay: they are on the pages, not on the mapping. A page made writable again is not
/// copied on the next write, because a pinned anonymous page is exclusive (Linux 5.19), so the kernel goes on reading what is written.
/// </remarks>
internal static unsafe partial class PageProtection
{
    private const int ProtRead = 1;
    private const int ProtReadWrite = 1 | 2;

    public static bool IsSupported => !OperatingSystem.IsWindows();

    /// <summary>Bytes of a page.</summary>
    public static int PageSize => Environment.SystemPageSize;

    /// <summary>Where the system refuses (too many mappings), the pages stay writable, and the content check alone guards them.</summary>
    public static void MakeReadOnly(byte* pages, nuint length) => _ = Protect(pages, length, ProtRead);

    /// <summary>Ends <see cref="MakeReadOnly"/>. Refused only if that was: it joins mappings, never splits one that was not split.</summary>
    public static void MakeWritable(byte* pages, nuint length) => _ = Protect(pages, length, ProtReadWrite);

    // SAFETY: callers pass the pages of one slot of a page-aligned slab whose slots are whole pages (BufferPool, granule),
    // so nothing else lies on them.
    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(byte* address, nuint length, int protection);
}
