using System.Runtime.InteropServices;

namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>Memory with a page behind it that nobody may touch: reading one byte too many ends the process.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int ProtNone = 0;
    private const int ProtReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;

    private readonly byte* _start;
    private readonly nuint _size;
    private readonly int _usable;

    public GuardedMemory(int capacity)
    {
        int page = Environment.SystemPageSize;
        _usable = (capacity + page - 1) / page * page;
        _size = (nuint)(_usable + page);

        // SAFETY: a fresh private mapping of our own (mmap(2)), its last page made inaccessible (mprotect(2)); unmapped in Dispose.
        _start = MMap(null, _size, ProtReadWrite, MapPrivateAnonymous, -1, 0);
        Assert.True((nint)_start > 0 && MProtect(_start + _usable, (nuint)page, ProtNone) == 0, $"errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>A copy of the bytes that ends where the forbidden page starts.</summary>
    public Span<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        // SAFETY: within the usable part of the mapping, which lives until Dispose.
        var copy = new Span<byte>(_start + _usable - bytes.Length, bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }

    // SAFETY: the mapping of the constructor, once.
    public void Dispose() => _ = MUnmap(_start, _size);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* MMap(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int MProtect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(void* address, nuint length);
}
