using System.Diagnostics;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Native;

/// <summary>A peer in C, built when it is first needed, that runs slices on request.</summary>
internal sealed class NativePeer : Contestant
{
    private static readonly string s_folder = Path.Combine(Path.GetTempPath(), $"zcs-peers-{Environment.ProcessId}");
    private readonly Process _process;

    static NativePeer() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        if (Directory.Exists(s_folder))
        {
            Directory.Delete(s_folder, recursive: true);
        }
    };

    private NativePeer(string name, bool isReference, Process process) : base(name, isReference) => _process = process;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="NotHereException">No C compiler, or no liburing to build it with.</exception>
    public static async Task<NativePeer> StartAsync(string name, bool isReference, string source, params object[] arguments)
    {
        var peer = new NativePeer(name, isReference, Process.Start(Child.Anywhere(await BuildAsync(source), arguments))!);
        return await peer._process.StandardOutput.ReadLineAsync() == "ready" ? peer : throw new NotHereException($"{source} did not start");
    }

    /// <summary>Starts a native program on one processor; the caller speaks its lines.</summary>
    public static async Task<Process> StartPinnedAsync(int processor, string source, params object[] arguments) =>
        Process.Start(Child.On(processor, await BuildAsync(source), arguments))!;

    public override async Task<Slice> RunAsync(TimeSpan duration)
    {
        await _process.StandardInput.WriteLineAsync($"{(int)duration.TotalMilliseconds}");
        await _process.StandardInput.FlushAsync();
        long[] figures = [.. (await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{Name} ended.")).Split(' ').Select(long.Parse)];
        return new Slice(figures[0], figures[1] / 1e9, figures[2] / 1e9, 0, figures[3]);
    }

    public override async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<string> BuildAsync(string source)
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
        catch (System.ComponentModel.Win32Exception)
        {
            throw new NotHereException($"{source}.c needs a C compiler (cc) to build");
        }
    }
}
