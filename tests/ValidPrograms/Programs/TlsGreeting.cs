using System.Net.Security;
using System.Text;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Says who the client is in the clear, as proxies do, and speaks TLS from there on.</summary>
internal static class TlsGreeting
{
    public static async Task<SslStream> ConnectAsync(string host, string client, CancellationToken cancellationToken)
    {
        ZeroCopySocket socket = await ZeroCopySocket.ConnectAsync(host, 443, cancellationToken);
        string greeting = $"PROXY TCP4 {client} {socket.LocalEndPoint}\r\n";
        using BufferLease line = socket.Rent(Encoding.ASCII.GetByteCount(greeting));
        Encoding.ASCII.GetBytes(greeting, line.Edit());
        await socket.SendAndRecycleAsync(line, cancellationToken);

        // It names a client: nothing of it stays in the pool.
        line.Edit().Clear();
        var tls = new SslStream(socket.AsStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancellationToken);
        return tls;
    }
}
