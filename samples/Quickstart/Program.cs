using System.CommandLine;
using System.Net.Sockets;
using Quickstart;
using ZeroCopySockets;

// Ctrl+C cancels the token; closing the sockets properly gets longer than the two seconds it would have by default.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) };
return await Options.CommandFor(RunAsync).Parse(args).InvokeAsync(invocation);

static async Task<int> RunAsync(Options options, CancellationToken cancellationToken)
{
    const int Failed = 1;
    const int Interrupted = 130; // 128 + SIGINT, as shells expect.
    try
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = options.Engine });
        Console.WriteLine($"engine: {engine.Description}");
        return await new Run(engine, options).ToEndAsync(cancellationToken) ? 0 : Failed;
    }
    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
    {
        Console.Error.WriteLine("interrupted");
        return Interrupted;
    }
    catch (Exception e) when (e is QuickstartException or WireFormatException or SocketException or PlatformNotSupportedException or TimeoutException)
    {
        Console.Error.WriteLine($"quickstart failed: {e.Message}");
        return Failed;
    }
}
