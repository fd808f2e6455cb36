using System.CommandLine;
using System.CommandLine.Parsing;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(EngineKind Engine, int Messages, ZeroCopyPolicy? Policy, IReadOnlyList<Transport> Transports)
{
    private const int MostMessages = 100_000_000;

    /// <summary>The command with its options and their help; it runs what it is given.</summary>
    public static RootCommand CommandFor(Func<Options, CancellationToken, Task<int>> run)
    {
        var engine = new Option<string>("--engine")
        {
            Description = "What carries the traffic. auto takes io_uring where it works and says why where it does not.",
            DefaultValueFactory = _ => "auto",
        };
        engine.AcceptOnlyFromAmong("auto", "io_uring", "portable");
        var messages = new Option<int>("--messages")
        {
            Description = $"Messages in each direction of each phase, 1 to {MostMessages:N0}.",
            DefaultValueFactory = _ => 200_000,
            CustomParser = CountFrom,
        };
        var policy = new Option<string?>("--policy")
        {
            Description = "Zero copy or copy, in every phase. Without it each path shows what it is for: everyday runs adaptive, which "
                + "copies messages as small as these, and in place runs always, so that every buffer comes back by a notification "
                + "from the kernel. (Over loopback the kernel then copies on receive, and says so: kernel-copied.)",
        };
        policy.AcceptOnlyFromAmong("adaptive", "always", "never");
        var transport = new Option<string>("--transport")
        {
            Description = "Which phases to run.",
            DefaultValueFactory = _ => "both",
        };
        transport.AcceptOnlyFromAmong("tcp", "udp", "both");

        var command = new RootCommand("Server and client in one process exchange typed messages over loopback TCP, then UDP, and verify every field.")
        {
            engine,
            messages,
            policy,
            transport,
        };
        command.SetAction((parsed, cancellationToken) => run(
            new Options(
                EngineFrom(parsed.GetRequiredValue(engine)),
                parsed.GetRequiredValue(messages),
                PolicyFrom(parsed.GetValue(policy)),
                TransportsFrom(parsed.GetRequiredValue(transport))),
            cancellationToken));
        return command;
    }

    private static int CountFrom(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        if (!int.TryParse(text, out int count) || count is < 1 or > MostMessages)
        {
            argument.AddError($"--messages must be 1 to {MostMessages:N0}, not '{text}'.");
        }

        return count;
    }

    private static EngineKind EngineFrom(string name) => name switch
    {
        "io_uring" => EngineKind.IoUring,
        "portable" => EngineKind.Portable,
        _ => EngineKind.Auto,
    };

    private static ZeroCopyPolicy? PolicyFrom(string? name) => name switch
    {
        "adaptive" => ZeroCopyPolicy.Adaptive,
        "always" => ZeroCopyPolicy.Always,
        "never" => ZeroCopyPolicy.Never,
        _ => null,
    };

    private static IReadOnlyList<Transport> TransportsFrom(string name) => name switch
    {
        "tcp" => [Transport.Tcp],
        "udp" => [Transport.Udp],
        _ => [Transport.Tcp, Transport.Udp],
    };
}
