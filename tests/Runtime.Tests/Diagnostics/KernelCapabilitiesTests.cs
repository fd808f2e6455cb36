using ZeroCopySockets.Linux;

namespace ZeroCopySockets.Runtime.Tests.Diagnostics;

/// <summary>What is said of the kernel, against what the engine then does on it.</summary>
public sealed class KernelCapabilitiesTests
{
    [Fact]
    public void Each_property_is_about_what_its_name_says()
    {
        KernelCapabilities found = KernelCapabilities.Detect();
        Assert.Equal(
            [
                "io_uring", "IORING_OP_SEND_ZC", "IORING_SEND_ZC_REPORT_USAGE", "IORING_OP_SENDMSG_ZC", "IORING_REGISTER_BUFFERS",
                "IORING_REGISTER_CLONE_BUFFERS", "IORING_OP_SENDMSG_ZC from registered buffers", "IORING_REGISTER_PBUF_RING",
                "IORING_RECV_MULTISHOT", "IORING_ACCEPT_MULTISHOT", "IORING_SETUP_DEFER_TASKRUN", "IORING_REGISTER_ZCRX_IFQ",
            ],
            [
                found.IoUring.Name, found.ZeroCopySend.Name, found.UsageReports.Name, found.ZeroCopySendMessage.Name, found.RegisteredBuffers.Name,
                found.BufferCloning.Name, found.RegisteredZeroCopySendMessage.Name, found.ProvidedBufferRings.Name,
                found.MultishotReceive.Name, found.MultishotAccept.Name, found.DeferTaskrun.Name, found.ZeroCopyReceive.Name,
            ]);
        Assert.Equal(12, found.All.Count);
        Assert.All(found.All, capability => Assert.NotEmpty(capability.Explanation));
    }

    [Fact]
    public void The_engine_runs_on_io_uring_where_that_and_zero_copy_send_are_found()
    {
        KernelCapabilities found = KernelCapabilities.Detect();
        Assert.Equal(Conditions.NoIoUring is null, found.IoUring.IsAvailable && found.ZeroCopySend.IsAvailable);
    }

    [IoUringFact]
    public void What_this_kernel_has_by_its_version_is_found_by_trying()
    {
        // A number that is wrong here would be missing there, or be found on a kernel that cannot have it.
        KernelCapabilities found = KernelCapabilities.Detect();
        (KernelCapability Capability, Version Since)[] history =
        [
            (found.ProvidedBufferRings, new Version(5, 19)),
            (found.MultishotAccept, new Version(5, 19)),
            (found.ZeroCopySend, new Version(6, 0)),
            (found.MultishotReceive, new Version(6, 0)),
            (found.ZeroCopySendMessage, new Version(6, 1)),
            (found.DeferTaskrun, new Version(6, 1)),
            (found.UsageReports, new Version(6, 2)),
            (found.BufferCloning, new Version(6, 12)),
            (found.RegisteredZeroCopySendMessage, new Version(6, 15)),
        ];
        Assert.All(history, entry => Assert.True(
            entry.Capability.IsAvailable == Environment.OSVersion.Version >= entry.Since,
            $"{entry.Capability} on {Environment.OSVersion.Version}, which should have it from {entry.Since}"));
    }

    [IoUringFact]
    public void Detecting_leaves_no_descriptor_behind()
    {
        KernelCapabilities.Detect();
        // The kernel closes rings a little later than asked, and other tests open and close their own: many times, so that a leak stands out.
        int before = Descriptors();
        for (int i = 0; i < 200; i++)
        {
            KernelCapabilities.Detect();
        }

        Assert.InRange(Descriptors(), 0, before + 150);
    }

    [Fact]
    public void Without_io_uring_everything_is_missing_for_the_same_reason()
    {
        IReadOnlyList<KernelCapability> nothing = CapabilityProbe.NothingBecause("of the moon");
        Assert.Equal(12, nothing.Count);
        Assert.Equal("of the moon", nothing[0].Explanation);
        Assert.DoesNotContain(nothing, capability => capability.IsAvailable);
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
