using System.CommandLine;
using ZeroCopySockets.Benchmarks.Echo;
using ZeroCopySockets.Benchmarks.Generating;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Policy;
using ZeroCopySockets.Benchmarks.Sending;

var rounds = new Option<int>("--rounds") { Description = "Rounds per workload, up to ten times as many where they disagree; the median of their ratios counts.", DefaultValueFactory = _ => 40 };
var slice = new Option<int>("--slice-ms") { Description = "Milliseconds each policy sends for in a round.", DefaultValueFactory = _ => 8 };
var seconds = new Option<double>("--seconds") { Description = "Seconds each contestant runs per work, in short turns.", DefaultValueFactory = _ => 2 };
var json = new Option<FileInfo?>("--json") { Description = "Writes the results there too." };
var only = new Option<string>("--only") { Description = "Only the work whose name contains this.", DefaultValueFactory = _ => "" };

var policy = new Command("policy", "Adaptive against always copying and always zero copy: the threshold, and what adapting costs.") { rounds, slice, only };
policy.SetAction(async parsed =>
    await DummyNic.RunInsideAsync(args) is { } exitCode
        ? exitCode
        : await PolicyBenchmark.RunAsync(parsed.GetValue(rounds), TimeSpan.FromMilliseconds(parsed.GetValue(slice)), parsed.GetValue(only)!));

var smoke = new Option<bool>("--smoke") { Description = "Run everything once, for no figures." };
var codec = new Command("codec", "Generated encode and decode against code by hand and MemoryPack, measured by BenchmarkDotNet.") { smoke };
codec.SetAction(parsed => CodecBenchmark.Run(parsed.GetValue(smoke)));

var messages = new Option<int>("--messages") { Description = "Messages of the project.", DefaultValueFactory = _ => 1000 };
var repeats = new Option<int>("--repeats") { Description = "Builds, after a first one that is not counted.", DefaultValueFactory = _ => 10 };
var generator = new Command("generator", "What the generator adds to a build, and to a keystroke.") { messages, repeats };
generator.SetAction(parsed => GeneratorBenchmark.Run(parsed.GetValue(messages), parsed.GetValue(repeats)));

var root = new RootCommand("Measurements behind the figures in the README. Root gives a device that does not copy; without it only loopback is measured.")
{
    policy,
    codec,
    generator,
    Contests("send-dummy-nic", "UDP out of a device that does not copy: ours, .NET's socket, C.", onDummyNic: true, 0.04, SendBenchmark.RunAsync),
    Contests("echo", "Round trips over TCP on loopback: ours, .NET's socket, C. Server and load on a processor each.", onDummyNic: false, 0.1, EchoBenchmark.RunAsync),
    EchoServerCommand(),
};
return await root.Parse(args).InvokeAsync();

Command Contests(string name, string description, bool onDummyNic, double sliceSeconds, Func<ContestOptions, string, Task<IReadOnlyList<ContestResult>>> run)
{
    var command = new Command(name, description) { seconds, json, only };
    command.SetAction(async parsed =>
    {
        if (onDummyNic && await DummyNic.RunInsideAsync(args) is { } exitCode)
        {
            return exitCode;
        }

        IReadOnlyList<ContestResult> results = await run(ContestOptions.For(parsed.GetValue(seconds), sliceSeconds), parsed.GetValue(only)!);
        Report.Print(results);
        if (parsed.GetValue(json) is { } file)
        {
            await Report.WriteJsonAsync(file.FullName, $"{name} --seconds {parsed.GetValue(seconds)}", results);
        }

        // Errors fail the run; figures never do.
        return results.Any(result => result.Contestants.Any(one => one.Errors > 0)) ? 1 : 0;
    });
    return command;
}

static Command EchoServerCommand()
{
    var kind = new Option<string>("--kind") { Required = true };
    var size = new Option<int>("--size") { Required = true };
    var command = new Command("echo-server") { kind, size };
    command.Hidden = true;
    command.SetAction(parsed => EchoServer.RunAsync(parsed.GetValue(kind)!, parsed.GetValue(size)));
    return command;
}
