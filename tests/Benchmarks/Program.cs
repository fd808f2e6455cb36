using System.CommandLine;
using ZeroCopySockets.Benchmarks;
using ZeroCopySockets.Benchmarks.Bars;
using ZeroCopySockets.Benchmarks.Charting;
using ZeroCopySockets.Benchmarks.Connecting;
using ZeroCopySockets.Benchmarks.Echo;
using ZeroCopySockets.Benchmarks.Generating;
using ZeroCopySockets.Benchmarks.Measuring;
using ZeroCopySockets.Benchmarks.Policy;
using ZeroCopySockets.Benchmarks.Sending;
using ZeroCopySockets.Benchmarks.Streaming;

var seconds = new Option<double>("--seconds") { Description = "Seconds each contestant runs per work, in short turns.", DefaultValueFactory = _ => 2 };
var json = new Option<FileInfo?>("--json") { Description = "Writes the results there too." };
var only = new Option<string>("--only") { Description = "Only the work whose name contains this.", DefaultValueFactory = _ => "" };

var root = new RootCommand("Measurements behind the figures in the README. Root gives a device that does not copy; without it only loopback is measured.")
{
    Bars(),
    InNamespace(new Command("check", "Everything for a fraction of a second each: fails on errors and on allocations, never on time."), _ => Check.RunAsync()),
    Contests("send-dummy-nic", "UDP out of a device that does not copy: ours, .NET's socket, C.", SendBenchmark.Works),
    Contests("echo", "Round trips over TCP on loopback: ours, .NET's socket, C. Server and load on a processor each.", EchoBenchmark.Works),
    Contests("stream", "Bulk data one way over TCP on loopback: ours, .NET's socket, C. Sender and sink on a processor each.", StreamBenchmark.Works),
    Contests("fanout", "One message to 1,000 sockets: ours, a loop over .NET's sockets, C.", FanOutBenchmark.Works),
    Connections(),
    Policy(),
    Codec(),
    Generator(),
    Charting(),
    ChildPrograms.Create(),
};
return await root.Parse(args).InvokeAsync();

Command Contests(string name, string description, IEnumerable<Work> works) =>
    InNamespace(new Command(name, description) { seconds, json, only }, async parsed =>
    {
        IReadOnlyList<ContestResult> results = await Contest.RunAllAsync(works, new Pace(parsed.GetValue(seconds)), parsed.GetValue(only)!);
        Report.Print(results);
        await WriteAsync(parsed, ReportDocument.Of($"{name} --seconds {parsed.GetValue(seconds)}") with { Works = ReportDocument.Documents(results) });
        return ExitCode(results);
    });

Command Bars()
{
    var longer = new Option<double>("--seconds") { Description = "Seconds each contestant runs per work; 4 make about 12 minutes in all.", DefaultValueFactory = _ => 4 };
    return InNamespace(new Command("bars", "Everything the library is to reach, measured, as a table in Markdown.") { longer, json, only }, async parsed =>
    {
        var (results, policy, rows) = await BarsBenchmark.RunAsync(Suite.Works, parsed.GetValue(longer), parsed.GetValue(only)!);
        Report.Print(results);
        PolicyBenchmark.Print(policy);
        string part = parsed.GetValue(only) is { Length: > 0 } some ? $" --only \"{some}\"" : "";
        ReportDocument document = ReportDocument.Of($"bars --seconds {parsed.GetValue(longer)}{part}") with { Works = ReportDocument.Documents(results), Policy = policy, Bars = rows };
        BarsBenchmark.Print(rows, document);
        await WriteAsync(parsed, document);
        return ExitCode(results);
    });
}

Command Policy()
{
    var rounds = new Option<int>("--rounds") { Description = "Rounds per workload, up to ten times as many where they disagree; the median of their ratios counts.", DefaultValueFactory = _ => 40 };
    var slice = new Option<int>("--slice-ms") { Description = "Milliseconds each policy sends for in a round.", DefaultValueFactory = _ => 8 };
    var command = new Command("policy", "Adaptive against always copying and always zero copy: the threshold, and what adapting costs.") { rounds, slice, only, json };
    return InNamespace(command, async parsed =>
    {
        int first = parsed.GetValue(rounds);
        IReadOnlyList<PolicyResult> results = await PolicyBenchmark.MeasureAsync(first, 10 * first, TimeSpan.FromMilliseconds(parsed.GetValue(slice)), parsed.GetValue(only)!);
        if (results.Count == 0)
        {
            Console.Error.WriteLine("No workload was measured. Their names contain, for example: --only \"TCP, loopback, 65,000 B\".");
            return 1;
        }

        PolicyBenchmark.Print(results);
        await WriteAsync(parsed, ReportDocument.Of($"policy --rounds {first} --slice-ms {parsed.GetValue(slice)}") with { Policy = results });
        return 0;
    });
}

Command Connections()
{
    var count = new Option<int>("--count") { Description = "Idle connections.", DefaultValueFactory = _ => 10_000 };
    return InNamespace(new Command("connections", "What idle connections take, and how fast connections are accepted.") { count, seconds, json }, async parsed =>
    {
        IReadOnlyList<IdleResult> idle = await IdleBenchmark.RunAsync(parsed.GetValue(count), rounds: 3);
        IReadOnlyList<ContestResult> results = await Contest.RunAllAsync([AcceptBenchmark.Work], new Pace(parsed.GetValue(seconds)));
        IdleBenchmark.Print(idle);
        Report.Print(results);
        string command = $"connections --count {parsed.GetValue(count)} --seconds {parsed.GetValue(seconds)}";
        await WriteAsync(parsed, ReportDocument.Of(command) with { Works = ReportDocument.Documents(results), Idle = idle });
        return ExitCode(results);
    });
}

static Command Codec()
{
    var smoke = new Option<bool>("--smoke") { Description = "Run everything once, for no figures." };
    var codec = new Command("codec", "Generated encode and decode against code by hand and MemoryPack, measured by BenchmarkDotNet.") { smoke };
    codec.SetAction(parsed => CodecBenchmark.Run(parsed.GetValue(smoke)));
    return codec;
}

static Command Generator()
{
    var messages = new Option<int>("--messages") { Description = "Messages of the project.", DefaultValueFactory = _ => 1000 };
    var repeats = new Option<int>("--repeats") { Description = "Builds with the generator, and as many without.", DefaultValueFactory = _ => 3 };
    var generator = new Command("generator", "What the generator adds to a build, and to a keystroke.") { messages, repeats };
    generator.SetAction(parsed => GeneratorBenchmark.Run(parsed.GetValue(messages), parsed.GetValue(repeats)));
    return generator;
}

static Command Charting()
{
    var file = new Argument<FileInfo>("json") { Description = "What a run wrote with --json." };
    var folder = new Option<DirectoryInfo>("--out") { Description = "Where the charts go.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("artifacts", "charts")) };
    var charts = new Command("charts", "Ratios with their intervals, as PNG and SVG, from a run's JSON.") { file.AcceptExistingOnly(), folder };
    charts.SetAction(parsed => Charts.DrawAsync(parsed.GetValue(file)!, parsed.GetValue(folder)!));
    return charts;
}

// Where root allows it, with the device that does not copy.
Command InNamespace(Command command, Func<ParseResult, Task<int>> runAsync)
{
    command.SetAction(async parsed => await DummyNic.RunInsideAsync(args) ?? await runAsync(parsed));
    return command;
}

async Task WriteAsync(ParseResult parsed, ReportDocument document)
{
    if (parsed.GetValue(json) is { } file)
    {
        await Report.WriteJsonAsync(file, document);
    }
}

// Errors fail a run; figures never do.
static int ExitCode(IReadOnlyList<ContestResult> results) => results.Any(result => result.HasErrors) ? 1 : 0;
