using System.CommandLine;
using System.CommandLine.Parsing;

namespace ZeroCopySockets.Stress;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(EngineKind Engine, int Seconds, int Connections, int Seed)
{
    /// <summary>The command with its options and their help; it runs what it is given.</summary>
    public static RootCommand CommandFor(Func<Options, CancellationToken, Task<int>> run)
    {
        var engine = new Option<string>("--engine")
        {
            Description = "What carries the traffic. auto takes io_uring where it works and says why where it does not.",
            DefaultValueFactory = _ => "auto",
        };
        engine.AcceptOnlyFromAmong("auto", "io_uring", "portable");
        Option<int> seconds = Number("--seconds", "How long new connections are made, in seconds.", 120, 1, 86_400);
        Option<int> connections = Number("--connections", "Connections at a time; each ends in its own way and is followed by another.", 500, 1, 20_000);
        Option<int> seed = Number("--seed", "What each connection does follows from it; when it does it does not.", 1, 0, int.MaxValue);
        var command = new RootCommand("Connections that send in every way, cancel, stall, half-close, reset and come again; at the end nothing may be owed, lost or leaked.")
        {
            engine,
            seconds,
            connections,
            seed,
        };
        command.SetAction((parsed, cancellationToken) => run(
            new Options(
                EngineFrom(parsed.GetRequiredValue(engine)),
                parsed.GetRequiredValue(seconds),
                parsed.GetRequiredValue(connections),
                parsed.GetRequiredValue(seed)),
            cancellationToken));
        return command;
    }

    private static Option<int> Number(string name, string description, int value, int least, int most) => new(name)
    {
        Description = $"{description} {least:N0} to {most:N0}.",
        DefaultValueFactory = _ => value,
        CustomParser = argument => NumberFrom(argument, name, least, most),
    };

    private static int NumberFrom(ArgumentResult argument, string name, int least, int most)
    {
        string text = argument.Tokens.Single().Value;
        if (!int.TryParse(text, out int number) || number < least || number > most)
        {
            argument.AddError($"{name} must be {least:N0} to {most:N0}, not '{text}'.");
        }

        return number;
    }

    private static EngineKind EngineFrom(string name) => name switch
    {
        "io_uring" => EngineKind.IoUring,
        "portable" => EngineKind.Portable,
        _ => EngineKind.Auto,
    };
}
