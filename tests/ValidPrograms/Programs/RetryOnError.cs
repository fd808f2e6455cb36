using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends a report over a connection of its own, again over another when one breaks.</summary>
internal static class RetryOnError
{
    public static async Task SendAsync(EndPoint remote, BufferLease report, int attempts, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using ZeroCopySocket socket = await ZeroCopySocket.ConnectAsync(remote, cancellationToken);
                report.Edit()[0] = (byte)attempt;
                await socket.SendAndRecycleAsync(report, cancellationToken);
                return;
            }
            catch (SocketException) when (attempt < attempts)
            {
                while (report.IsInFlight)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), cancellationToken);
            }
        }
    }
}
