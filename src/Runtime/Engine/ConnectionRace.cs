using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Connecting to a host with several addresses as RFC 8305 (Happy Eyeballs) describes: the families take turns, each
/// attempt has a head start, a failure starts the next at once, and the first to connect wins.
/// </summary>
internal static class ConnectionRace
{
    /// <summary>How long an attempt runs alone before the next one starts beside it (RFC 8305, section 8).</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    // Those that say nothing of the host, least telling first; every other error does.
    private static readonly SocketError[] s_leastTelling =
    [
        SocketError.AddressFamilyNotSupported,
        SocketError.AddressNotAvailable,
        SocketError.NetworkDown,
        SocketError.NetworkUnreachable,
        SocketError.HostUnreachable,
    ];

    /// <summary>Orders the addresses for a race: the families take turns, each in the resolver's order, its first choice first.</summary>
    public static IPAddress[] Interleave(IPAddress[] addresses)
    {
        ILookup<bool, IPAddress> byFamily = addresses.ToLookup(address => address.AddressFamily == addresses[0].AddressFamily);
        IPAddress[] preferred = [.. byFamily[true]];
        IPAddress[] other = [.. byFamily[false]];
        int turns = Math.Min(preferred.Length, other.Length);
        return [.. preferred.Zip(other).SelectMany(pair => new[] { pair.First, pair.Second }), .. preferred.Skip(turns), .. other.Skip(turns)];
    }

    /// <summary>Runs the race. Attempts that lose are cancelled, and what connected all the same is closed.</summary>
    /// <param name="addresses">In the order of the attempts; at least one.</param>
    /// <param name="connect">Makes one attempt.</param>
    /// <param name="cancellation">Ends all.</param>
    /// <exception cref="SocketException">Every attempt failed: the most telling of their errors, with all of them in its message.</exception>
    public static async Task<ZeroCopySocket> RunAsync(
        IPEndPoint[] addresses, Func<IPEndPoint, CancellationToken, Task<ZeroCopySocket>> connect, CancellationToken cancellation)
    {
        var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<ZeroCopySocket>>();
        var failures = new List<(IPEndPoint Address, SocketException Error)>();
        var addressOf = new Dictionary<Task, IPEndPoint>();
        int next = 0;
        try
        {
            while (true)
            {
                if (next < addresses.Length)
                {
                    Task<ZeroCopySocket> attempt = connect(addresses[next], end.Token);
                    addressOf.Add(attempt, addresses[next++]);
                    running.Add(attempt);
                }

                if (running.Count == 0)
                {
                    throw MostTelling(failures);
                }

                Task<ZeroCopySocket>? ended = await FirstToEndAsync(running, next < addresses.Length, cancellation).ConfigureAwait(false);
                if (ended is null)
                {
                    continue;
                }

                running.Remove(ended);
                try
                {
                    return await ended.ConfigureAwait(false);
                }
                catch (SocketException e)
                {
                    failures.Add((addressOf[ended], e));
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            // The winner need not wait for the losers.
            _ = EndAsync(running, end);
        }
    }

    /// <summary>The attempt that ended, or null when the head start of the last one is over.</summary>
    private static async Task<Task<ZeroCopySocket>?> FirstToEndAsync(List<Task<ZeroCopySocket>> running, bool limited, CancellationToken cancellation)
    {
        Task<Task<ZeroCopySocket>> first = Task.WhenAny(running);
        if (!limited)
        {
            return await first.ConfigureAwait(false);
        }

        try
        {
            return await first.WaitAsync(AttemptDelay, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task EndAsync(List<Task<ZeroCopySocket>> losers, CancellationTokenSource end)
    {
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(losers.Select(CloseAsync)).ConfigureAwait(false);
        end.Dispose();
    }

    private static async Task CloseAsync(Task<ZeroCopySocket> loser)
    {
        try
        {
            await (await loser.ConfigureAwait(false)).AbortAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It lost by failing or by being cancelled, and has closed its own socket.
        }
    }

    private static SocketException MostTelling(List<(IPEndPoint Address, SocketException Error)> failures)
    {
        SocketException telling = failures.MaxBy(failure => Array.IndexOf(s_leastTelling, failure.Error.SocketErrorCode) is var rank and >= 0 ? rank : int.MaxValue).Error;
        string all = string.Join("; ", failures.Select(failure => $"{failure.Address}: {failure.Error.Message}"));
        return failures.Count == 1 ? telling : new SocketException((int)telling.SocketErrorCode, $"No address of the host could be connected to ({all}).");
    }
}
