namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>How to run this program again.</summary>
internal static class Self
{
    /// <summary>What goes before the arguments: the assembly, when it runs under the dotnet host instead of its own.</summary>
    public static string[] Arguments { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? ["exec", typeof(Self).Assembly.Location] : [];
}
