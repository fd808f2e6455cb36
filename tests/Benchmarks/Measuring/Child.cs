using System.Diagnostics;
using System.Globalization;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>How to start a program whose input and output the benchmark speaks.</summary>
internal static class Child
{
    /// <summary>On one processor with all its threads, from its first instruction on.</summary>
    public static ProcessStartInfo On(int processor, string program, object[] arguments) => Start("taskset", ["-c", processor, program, .. arguments]);

    /// <summary>Wherever the kernel puts it.</summary>
    public static ProcessStartInfo Anywhere(string program, object[] arguments) => Start(program, arguments);

    private static ProcessStartInfo Start(string program, object[] arguments) =>
        new(program, arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!)) { RedirectStandardInput = true, RedirectStandardOutput = true };
}
