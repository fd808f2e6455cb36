using System.ComponentModel;
using System.Diagnostics;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Native;

/// <summary>The programs in C, each built when it is first needed.</summary>
internal static class NativePrograms
{
    private static readonly string s_folder = Path.Combine(Path.GetTempPath(), $"zcs-peers-{Environment.ProcessId}");

    static NativePrograms() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        if (Directory.Exists(s_folder))
        {
            Directory.Delete(s_folder, recursive: true);
        }
    };

    /// <summary>The path of the program built from <paramref name="source"/>.c.</summary>
    /// <exception cref="NotHereException">No C compiler, or no liburing to build it with.</exception>
    public static async Task<string> BuildAsync(string source)
    {
        string program = Path.Combine(s_folder, source);
        if (File.Exists(program))
        {
            return program;
        }

        Directory.CreateDirectory(s_folder);
        string code = Path.Combine(AppContext.BaseDirectory, "Native", source + ".c");
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo("cc", ["-O2", "-march=native", "-Wall", "-o", program, code, "-luring"]) { RedirectStandardError = true })!;
            string errors = await compiler.StandardError.ReadToEndAsync();
            await compiler.WaitForExitAsync();
            return compiler.ExitCode == 0 ? program : throw new NotHereException($"{source}.c does not build; it needs liburing-dev: {errors.Split('\n')[0]}");
        }
        catch (Win32Exception)
        {
            throw new NotHereException($"{source}.c needs a C compiler (cc) to build");
        }
    }
}
