using System.Runtime.InteropServices;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Where figures were taken.</summary>
internal static class Machine
{
    public static string Processor { get; } = $"{Environment.ProcessorCount} x {ModelName() ?? $"{RuntimeInformation.ProcessArchitecture}"}";

    public static string Kernel { get; } =
        File.Exists("/proc/sys/kernel/osrelease") ? $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}" : RuntimeInformation.OSDescription;

    public static string Runtime => RuntimeInformation.FrameworkDescription;

    private static string? ModelName() =>
        File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
}
