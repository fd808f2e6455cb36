using ZeroCopySockets;
using ZeroCopySockets.Stress;

return await Options.CommandFor(RunAsync).Parse(args).InvokeAsync();

static async Task<int> RunAsync(Options options, CancellationToken cancellationToken)
{
    var run = new Run(options);
    try
    {
        await run.ToEndAsync(cancellationToken);
    }
    catch (PlatformNotSupportedException e)
    {
        Console.Error.WriteLine($"stress failed: {e.Message}");
        return 1;
    }

    return Report.Write(run) ? 0 : 1;
}
