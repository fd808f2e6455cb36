using System.CommandLine;
using System.Globalization;
using ZeroCopySockets.Benchmarks.Connecting;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks;

/// <summary>What this program is when a benchmark starts it in a process of its own. Not for people.</summary>
internal static class ChildPrograms
{
    public const string Command = "child";
    public const string EchoServer = "echo-server";
    public const string OurStreams = "our-streams";
    public const string SocketStreams = "socket-streams";
    public const string OurFanOut = "our-fan-out";
    public const string SocketFanOut = "socket-fan-out";
    public const string Accepts = "accepts";
    public const string Idle = "idle";

    public static Command Create()
    {
        var words = new Argument<string[]>("words");
        var command = new Command(Command) { words };
        command.Hidden = true;
        command.SetAction(parsed => RunAsync(parsed.GetValue(words)!));
        return command;
    }

    private static Task<int> RunAsync(string[] words) => words[0] switch
    {
        EchoServer => Echo.EchoServer.RunAsync(words[1], Number(words[2])),
        Accepts => AcceptServer.RunAsync(words[1]),
        Idle => IdleServer.RunAsync(words[1], Number(words[2])),
        _ => SendAsync(words[0], words[1], Number(words[2]), Number(words[3]), Number(words[4])),
    };

    private static async Task<int> SendAsync(string program, string kind, int port, int connections, int size)
    {
        await using Contestant sender = await SenderAsync(program, kind, port, connections, size);
        return await ChildContestant.ServeAsync("ready", milliseconds => sender.RunAsync(TimeSpan.FromMilliseconds(milliseconds)));
    }

    private static Task<Contestant> SenderAsync(string program, string kind, int port, int connections, int size) => program switch
    {
        OurStreams => Streaming.OurStreams.OpenAsync(kind, port, connections, size),
        SocketStreams => Streaming.SocketStreams.OpenAsync(port, connections, size),
        OurFanOut => Streaming.OurFanOut.OpenAsync(kind, port, connections, size),
        SocketFanOut => Streaming.SocketFanOut.OpenAsync(port, connections, size),
        _ => throw new ArgumentException($"There is no {program}."),
    };

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
