using System.Reflection;
using System.Runtime.CompilerServices;

namespace ZeroCopySockets.Generator.Tests.Support;

/// <summary>
/// Compares text with a file under Snapshots/, in the file convention of Verify: Type.Method_parameters.verified.cs is
/// what was reviewed, .received.cs is written beside it when the text differs. To accept, rename the one to the other.
/// </summary>
internal static class Snapshot
{
    private const string Folder = "Snapshots";

    // Not CallerFilePath: a deterministic build maps source paths to a place that does not exist.
    public static string ProjectDirectory { get; } = typeof(Snapshot).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ProjectDirectory").Value!;

#if SNAPSHOT_ENGINE_VERIFY
    public static async Task Match(
        string text, string parameters, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        var settings = new VerifyTests.VerifySettings();
        settings.UseDirectory(Folder);
        settings.UseFileName(NameOf(file, method, parameters));
        await VerifyXunit.Verifier.Verify(text, "cs", settings, Path.Combine(ProjectDirectory, Path.GetFileName(file)));
    }
#else
    public static async Task Match(
        string text, string parameters, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        string path = Path.Combine(ProjectDirectory, Folder, NameOf(file, method, parameters));
        string verified = path + ".verified.cs";
        string received = path + ".received.cs";
        string? expected = File.Exists(verified) ? (await File.ReadAllTextAsync(verified)).ReplaceLineEndings("\n") : null;
        if (text == expected)
        {
            File.Delete(received);
            return;
        }

        await File.WriteAllTextAsync(received, text);
        Assert.Fail($"The text differs from {verified}. Compare it with the .received.cs file beside it.");
    }
#endif

    private static string NameOf(string file, string method, string parameters) =>
        $"{Path.GetFileNameWithoutExtension(file)}.{method}_{parameters}";
}
