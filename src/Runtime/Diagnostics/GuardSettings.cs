namespace ZeroCopySockets.Diagnostics;

/// <summary>Which guard mode is in force where the options leave it open.</summary>
internal static class GuardSettings
{
    public const string Variable = "ZEROCOPYSOCKETS_GUARD";

    public static GuardMode Resolve(GuardMode? asked) => asked ?? Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>What buffers are rounded up to in bytes: a page, where each is protected by itself.</summary>
    public static int GranuleFor(GuardMode mode) => mode == GuardMode.Protect ? PageProtection.PageSize : 1;

    /// <summary>A misspelt value is an error: somebody would hunt a bug with the guard off.</summary>
    public static GuardMode Parse(string? value) => value?.Trim().ToLowerInvariant() switch
    {
        null or "" or "0" or "off" => GuardMode.Off,
        "1" or "check" => GuardMode.Check,
        "2" or "protect" => GuardMode.Protect,
        _ => throw new InvalidOperationException($"{Variable}={value} is not understood; use 1 or check, 2 or protect, 0 or off."),
    };
}
