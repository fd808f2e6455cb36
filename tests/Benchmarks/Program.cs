using System.CommandLine;
using ZeroCopySockets.Benchmarks;

var rounds = new Option<int>("--rounds") { Description = "Rounds per workload, up to ten times as many where they disagree; the median of their ratios counts.", DefaultValueFactory = _ => 40 };
var slice = new Option<int>("--slice-ms") { Description = "Milliseconds each policy sends for in a round.", DefaultValueFactory = _ => 8 };
var only = new Option<string>("--only") { Description = "Only the workloads whose name contains this.", DefaultValueFactory = _ => "" };
var policy = new Command("policy", "Adaptive against always copying and always zero copy: the threshold, and what adapting costs.") { rounds, slice, only };
policy.SetAction(async parsed =>
    await DummyNic.RunInsideAsync(args) is { } exitCode
        ? exitCode
        : await PolicyBenchmark.RunAsync(parsed.GetValue(rounds), TimeSpan.FromMilliseconds(parsed.GetValue(slice)), parsed.GetValue(only)!));

var root = new RootCommand("Measurements behind the figures in the README. Root gives a device that does not copy; without it only loopback is measured.") { policy };
return await root.Parse(args).InvokeAsync();
