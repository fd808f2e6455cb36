using System.CommandLine;
using System.Globalization;
using ZeroCopySockets.Benchmarks.Echo;

namespace ZeroCopySockets.Benchmarks;

/// <summary>What this program is when a benchmark starts it in a process of its own. Not for people.</summary>
internal static class ChildPrograms
{
    public const string Command = "child";
    public const string EchoServer = "echo-server";

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
        _ => throw new ArgumentException($"There is no {words[0]}."),
    };

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
