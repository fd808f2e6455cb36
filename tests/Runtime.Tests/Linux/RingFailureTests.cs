using ZeroCopySockets.Engine;
using ZeroCopySockets.Linux;

namespace ZeroCopySockets.Runtime.Tests.Linux;

/// <summary>A ring that cannot be opened. By itself, because it counts what the whole process has mapped and opened.</summary>
[Collection(RunsAlone.Name)]
public sealed class RingFailureTests
{
    [IoUringFact]
    public void A_ring_that_fails_half_way_leaves_nothing_mapped_or_open()
    {
        LinuxRing closed = LinuxRing.Open(8, singleIssuer: true, default, loopRing: null);
        closed.Dispose();
        (int Mappings, int Descriptors) before = Count();
        // Its wake-up descriptor is closed, which the kernel finds when all else stands.
        Assert.Throws<KernelException>(() => LinuxRing.Open(8, singleIssuer: false, default, closed));
        Assert.Equal(before, Count());
    }

    private static (int Mappings, int Descriptors) Count() => (
        File.ReadLines("/proc/self/maps").Count(static line => line.Contains("io_uring", StringComparison.Ordinal)),
        Directory.GetFileSystemEntries("/proc/self/fd").Count(static fd => new FileInfo(fd).LinkTarget?.Contains("io_uring", StringComparison.Ordinal) == true));
}
