namespace ZeroCopySockets.Runtime.Tests;

/// <summary>What the machine must have for a test to mean anything. Checked once; a missing one skips with its reason.</summary>
internal static class Conditions
{
    public static readonly string? NoIoUring =
        ZeroCopySockets.Linux.LinuxKernel.TryCreate(out _, out string? problem) ? null : $"needs io_uring: {problem}";

    public static readonly string? NoPlaces = NoIoUring
        ?? (Environment.OSVersion.Version >= new Version(6, 14) ? null : "needs Linux 6.14, where rings have places for sockets");

    public static readonly string? NoRoot =
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? null : "needs root on Linux, to make a network namespace";
}

/// <summary>A test on the real ring; skipped with the reason where there is none.</summary>
public sealed class IoUringFactAttribute : FactAttribute
{
    /// <summary>Marks the test.</summary>
    public IoUringFactAttribute() => Skip = Conditions.NoIoUring;
}

/// <summary>A test with cases on the real ring; skipped with the reason where there is none.</summary>
public sealed class IoUringTheoryAttribute : TheoryAttribute
{
    /// <summary>Marks the test.</summary>
    public IoUringTheoryAttribute() => Skip = Conditions.NoIoUring;
}

/// <summary>A test of places in the real ring; skipped with the reason where there are none.</summary>
public sealed class PlaceFactAttribute : FactAttribute
{
    /// <summary>Marks the test.</summary>
    public PlaceFactAttribute() => Skip = Conditions.NoPlaces;
}
