using System.Diagnostics;
using System.Globalization;
using ZeroCopySockets.Benchmarks.Native;

namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>A program whose input and output the benchmark speaks, a line each way.</summary>
internal sealed class Child : IAsyncDisposable
{
    /// <summary>Where the process under test runs, if it is not to move.</summary>
    public const int TestedProcessor = 0;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Child(Process process, string greeting) => (_process, Greeting) = (process, greeting);

    /// <summary>Where the load runs: anywhere but where the process under test does, if the machine has a choice.</summary>
    public static int LoadProcessor { get; } = Environment.ProcessorCount > 1 ? 1 : 0;

    /// <summary>The line it said when it was ready: the port it listens on, if it does.</summary>
    public string Greeting { get; }

    public int Id => _process.Id;

    /// <summary>Processor time it has used.</summary>
    public double CpuSeconds => ProcessorClock.SecondsOf(Id);

    /// <summary>One of the programs in C.</summary>
    /// <param name="processor">The only one it may run on, with all its threads and from its first instruction on; null for any.</param>
    /// <param name="source">Which program.</param>
    /// <param name="arguments">What it is given.</param>
    /// <exception cref="NotHereException">It cannot be built here, or does not start: the kernel is too old for it, say.</exception>
    public static async Task<Child> StartNativeAsync(int? processor, string source, params object[] arguments) =>
        await StartAsync(Prepare(processor, await NativePrograms.BuildAsync(source), arguments)) ?? throw new NotHereException($"{source}.c does not start here");

    /// <summary>This program again, as one of <see cref="ChildPrograms"/>, where the process under test runs.</summary>
    /// <param name="inlineCompletions">Whether .NET's socket runs continuations on the thread that polls.</param>
    /// <param name="arguments">Which, and what it is given.</param>
    public static async Task<Child> StartManagedAsync(bool inlineCompletions, params object[] arguments)
    {
        ProcessStartInfo start = Prepare(TestedProcessor, Environment.ProcessPath!, [.. Self.Arguments, ChildPrograms.Command, .. arguments]);
        if (inlineCompletions)
        {
            start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        }

        return await StartAsync(start) ?? throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)} did not start.");
    }

    /// <summary>Asks it, and returns the line it answers.</summary>
    /// <param name="question">Milliseconds that the answer takes, or how many of what takes less than one each.</param>
    /// <exception cref="InvalidOperationException">It ended, or has not answered half a minute after it should have; then it is killed.</exception>
    public async Task<string> AskAsync(long question)
    {
        TimeSpan patience = TimeSpan.FromMilliseconds(question) + s_patience;
        await _process.StandardInput.WriteLineAsync(question.ToString(CultureInfo.InvariantCulture));
        await _process.StandardInput.FlushAsync();
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(patience) ?? throw Failure("ended");
        }
        catch (TimeoutException)
        {
            _process.Kill();
            throw Failure($"did not answer within {patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Has it run a slice.</summary>
    /// <param name="amount">Milliseconds, or what else it expects.</param>
    public async Task<Slice> RunSliceAsync(long amount)
    {
        long[] figures = [.. (await AskAsync(amount)).Split(' ').Select(figure => long.Parse(figure, CultureInfo.InvariantCulture))];
        return new Slice(figures[0], figures[1] / 1e9, figures[2] / 1e9, figures[4], figures[3]);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private InvalidOperationException Failure(string what) => new($"{string.Join(' ', _process.StartInfo.ArgumentList)} {what}.");

    /// <summary>Null where it ends without a word.</summary>
    private static async Task<Child?> StartAsync(ProcessStartInfo start)
    {
        Process process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync() is { } greeting)
        {
            return new Child(process, greeting);
        }

        process.Dispose();
        return null;
    }

    private static ProcessStartInfo Prepare(int? processor, string program, object[] arguments)
    {
        object[] command = processor is { } one ? ["taskset", "-c", one, program, .. arguments] : [program, .. arguments];
        string[] words = [.. command.Select(word => Convert.ToString(word, CultureInfo.InvariantCulture)!)];
        return new ProcessStartInfo(words[0], words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
