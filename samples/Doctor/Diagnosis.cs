using ZeroCopySockets;

namespace Doctor;

/// <summary>Something to change, with the commands that do it.</summary>
internal sealed record Advice(string Problem, params string[] Commands);

/// <summary>What the findings come to.</summary>
internal sealed record Diagnosis(int ExitCode, IReadOnlyList<Advice> Advice)
{
    private const long EnoughLockedMemory = 8 << 20;
    private const long EnoughDescriptors = 65_536;

    public static Diagnosis Of(ZeroCopyEngine engine, KernelCapabilities found)
    {
        var advice = new List<Advice>();
        if (!OperatingSystem.IsLinux())
        {
            advice.Add(new("Zero copy needs io_uring, which needs Linux 6.0 or newer. Everything else works here."));
        }
        else if (!found.IoUring.IsAvailable)
        {
            advice.Add(Unblock(found.IoUring));
        }
        else if (!found.ZeroCopySend.IsAvailable)
        {
            advice.Add(new($"This kernel ({Environment.OSVersion.Version}) has no zero-copy send; Linux 6.0 or newer has."));
        }

        if (found.LockedMemoryLimit < EnoughLockedMemory)
        {
            advice.Add(new(
                "The limit on locked memory is below 8 MiB, so that the buffers may not be registered and each zero-copy send pins its own pages.",
                "shell:    ulimit -l 65536",
                "systemd:  LimitMEMLOCK=64M",
                "docker:   docker run --ulimit memlock=67108864 ...",
                "login:    echo '* - memlock 65536' | sudo tee /etc/security/limits.d/zerocopysockets.conf"));
        }

        if (found.DescriptorLimit < EnoughDescriptors)
        {
            advice.Add(new(
                $"At most {found.DescriptorLimit} descriptors: a server runs out after about as many connections.",
                "shell:    ulimit -n 1048576",
                "systemd:  LimitNOFILE=1048576",
                "docker:   docker run --ulimit nofile=1048576 ..."));
        }

        return new Diagnosis(engine.Kind == EngineKind.IoUring ? 0 : 1, advice);
    }

    // The commands fit every obstacle; the explanation says which it is.
    private static Advice Unblock(KernelCapability ioUring) => ioUring.Explanation switch
    {
        var text when text.Contains("io_uring_disabled", StringComparison.Ordinal) => new(
            text,
            "now:      sudo sysctl -w kernel.io_uring_disabled=0",
            "for good: echo 'kernel.io_uring_disabled = 0' | sudo tee /etc/sysctl.d/90-io-uring.conf"),
        var text when text.Contains("seccomp", StringComparison.Ordinal) => new(
            text,
            "docker:     docker run --security-opt seccomp=profile.json ..., the default profile plus io_uring_setup, io_uring_enter, io_uring_register",
            "kubernetes: securityContext.seccompProfile: { type: Localhost, localhostProfile: profile.json }",
            "systemd:    SystemCallFilter=@system-service io_uring_setup io_uring_enter io_uring_register"),
        var text => new(text),
    };
}
