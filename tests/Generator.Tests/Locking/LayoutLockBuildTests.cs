using System.Diagnostics;
using ZeroCopySockets.Generator.Tests.Support;

namespace ZeroCopySockets.Generator.Tests.Locking;

/// <summary>The lock as a user meets it: by <c>dotnet build</c>, with what the package brings.</summary>
public sealed class LayoutLockBuildTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("layout-lock-").FullName;

    [Fact]
    public async Task A_build_writes_the_lock_when_asked_and_the_next_one_keeps_to_it()
    {
        string targets = Path.GetFullPath(Path.Combine(Snapshot.ProjectDirectory, "..", "..", "src", "Runtime", "build", "ZeroCopySockets.targets"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "User.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="{FileOf(typeof(ZeroCopyBufferAttribute))}" />
                <Analyzer Include="{FileOf(typeof(MessageGenerator))}" />
                <Analyzer Include="{FileOf(typeof(Analyzers.Layout.LayoutLockAnalyzer))}" />
              </ItemGroup>
              <Import Project="{targets}" />
            </Project>
            """);
        await WriteMessageAsync("public ulong Sequence; public int Price;");

        (int built, string output) = await BuildAsync("-p:UpdateLayoutLock=true");
        Assert.True(built == 0, output);
        string written = (await File.ReadAllTextAsync(Path.Combine(_directory, "layouts.lock"))).ReplaceLineEndings("\n");
        Assert.EndsWith("version 1\nmessage Tick 12\n0 8 Sequence ulong big-endian\n8 4 Price int big-endian\n", written);

        await WriteMessageAsync("public int Price; public ulong Sequence;");
        (built, output) = await BuildAsync();
        Assert.NotEqual(0, built);
        Assert.Contains("error ZCS1027: Field 'Price' breaks the layout in layouts.lock", output);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string FileOf(Type type) => type.Assembly.Location;

    private Task WriteMessageAsync(string fields) => File.WriteAllTextAsync(
        Path.Combine(_directory, "Tick.cs"),
        $"using ZeroCopySockets;\n[ZeroCopyBuffer(ByteOrder.BigEndian)] public partial struct Tick {{ {fields} }}\n");

    private async Task<(int ExitCode, string Output)> BuildAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["build", "-nologo", "-nodereuse:false", "-p:UseSharedCompilation=false", .. arguments])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        return (process.ExitCode, output + await errors);
    }
}
