namespace ZeroCopySockets.Benchmarks.Measuring;

/// <summary>Whether this machine lets us use io_uring at all, asked once.</summary>
internal static class IoUring
{
    private static readonly Lazy<Task<string?>> s_problem = new(FindProblemAsync);

    /// <exception cref="NotHereException">It does not.</exception>
    public static async Task ThrowUnlessHereAsync()
    {
        if (await s_problem.Value is { } problem)
        {
            throw new NotHereException(problem);
        }
    }

    private static async Task<string?> FindProblemAsync()
    {
        try
        {
            await using var engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring });
            return null;
        }
        catch (PlatformNotSupportedException e)
        {
            return e.Message;
        }
    }
}
