using System.Globalization;

namespace ZeroCopySockets.Linux;

/// <summary>What this process is allowed, as far as io_uring is concerned: from /proc and getrlimit(2).</summary>
internal static class ProcessLimits
{
    private const int CapIpcLock = 14; // linux/capability.h

    /// <summary>kernel.io_uring_disabled (6.6): 0 for everybody, 1 for the privileged and a group, 2 for nobody; null where there is no such setting.</summary>
    public static int? IoUringDisabled => int.TryParse(Read("/proc/sys/kernel/io_uring_disabled"), CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>Whether system calls of this process pass a seccomp filter, as in most containers.</summary>
    public static bool IsFiltered => Status("Seccomp:") is "2";

    /// <summary>Whether the process has CAP_IPC_LOCK, so that the limit on locked memory does not bind it.</summary>
    public static bool CanExceedLockedMemory =>
        ulong.TryParse(Status("CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong effective) && (effective >> CapIpcLock & 1) != 0;

    /// <summary>Who said EPERM, and what to do about it.</summary>
    public static string WhyForbidden() => (IoUringDisabled, IsFiltered) switch
    {
        ( > 0 and { } value, _) => $"io_uring is forbidden here: the sysctl kernel.io_uring_disabled is {value}; set it to 0 (`sysctl -w kernel.io_uring_disabled=0`)",
        (_, true) => "io_uring is forbidden here: a seccomp filter blocks it; allow io_uring_setup, io_uring_enter and io_uring_register in the container's profile",
        _ => "io_uring is forbidden here: a security module (SELinux, AppArmor) blocks it; allow it in its policy",
    };

    private static string? Status(string field) =>
        Read("/proc/self/status")?.Split('\n').FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))?[field.Length..].Trim();

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
