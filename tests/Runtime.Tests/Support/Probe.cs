using System.Diagnostics;
using System.Net;

namespace ZeroCopySockets.Runtime.Tests;

/// <summary>Another process, running ProcessProbe, for what only another process can show. Killed when disposed.</summary>
internal sealed class Probe : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(40);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private Probe(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static Probe Start(string what, EndPoint peer, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["exec", Path.Combine(AppContext.BaseDirectory, "ProcessProbe.dll"), what, peer.ToString()!, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Probe(Process.Start(start)!);
    }

    /// <summary>The next line it prints.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(s_deadline) ?? throw new EndOfStreamException($"The probe ended: {await _errors}");

    /// <summary>Waits until it has ended by itself, with 0.</summary>
    public async Task ExitsAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_deadline);
        }
        catch (TimeoutException)
        {
            Assert.Fail("The probe does not end.");
        }

        Assert.True(_process.ExitCode == 0, $"The probe ended with {_process.ExitCode}: {await _errors}");
    }

    /// <summary>As kill -9 does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
