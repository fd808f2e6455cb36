using System.CommandLine;
using ZeroCopySockets.AnalyzerLab.Cost;
using ZeroCopySockets.AnalyzerLab.Fuzz;
using ZeroCopySockets.AnalyzerLab.Programs;

var programs = new Command("programs", "The valid programs and their broken twins: bugs reported, bugs there are, reports that are wrong.");
programs.SetAction(async (_, _) =>
{
    Judgement judgement = await Judgement.OfAllAsync();
    foreach (string line in judgement.Missed.Select(missed => $"missed: {missed}").Concat(judgement.False.Select(wrong => $"false: {wrong}")))
    {
        Console.WriteLine(line);
    }

    Console.WriteLine($"{ValidProgram.All.Length} valid programs, {Twins.All.Length} broken twins");
    Console.WriteLine(judgement);
    return judgement.Missed.IsEmpty && judgement.False.IsEmpty ? 0 : 1;
});

var seed = new Option<int>("--seed") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
var count = new Option<int>("--count") { Description = "Mutations; each has the seed after the last.", DefaultValueFactory = _ => 1000 };
var fuzz = new Command("fuzz", "Valid programs with tokens left out, doubled and exchanged: no analyzer may throw.") { seed, count };
fuzz.SetAction(async (parsed, _) =>
{
    FuzzResult result = await Fuzzer.RunAsync(parsed.GetValue(seed), parsed.GetValue(count));
    foreach (string failure in result.Failures)
    {
        Console.WriteLine(failure);
    }

    Console.WriteLine(result);
    return result.Failures.IsEmpty ? 0 : 1;
});

var rounds = new Option<int>("--rounds") { Description = "Rounds, of which the median counts.", DefaultValueFactory = _ => 7 };
var minutes = new Option<double>("--minutes") { Description = "No new round after this time, if there have been three.", DefaultValueFactory = _ => 6 };
var files = new Option<int>("--files") { Description = "Generated files, of about 425 lines each.", DefaultValueFactory = _ => 100 };
var only = new Option<string>("--only") { Description = "Only sources whose name contains this.", DefaultValueFactory = _ => "" };
var lines = new Option<int>("--method-lines") { Description = "Lines of the one large method.", DefaultValueFactory = _ => 3000 };
var cost = new Command("cost", "The analyzers' time against that of compiling, over this repository and generated bulk, and over one large method.") { rounds, minutes, files, lines, only };
cost.SetAction(async (parsed, _) =>
    await new CostBenchmark(parsed.GetValue(rounds), TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(lines))
        .RunAsync(parsed.GetValue(files), parsed.GetValue(only)!) ? 0 : 1);

var root = new RootCommand("The ownership analyzers over whole programs.") { programs, fuzz, cost };
return await root.Parse(args).InvokeAsync();
