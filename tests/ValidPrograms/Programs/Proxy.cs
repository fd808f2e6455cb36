using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Joins each client to a server behind it and carries bytes both ways until one side ends.</summary>
internal sealed class Proxy(EndPoint behind)
{
    public async Task RunAsync(ZeroCopyListener listener, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            ZeroCopySocket client = await listener.AcceptAsync(stopping);
            _ = JoinAsync(client, stopping);
        }
    }

    private async Task JoinAsync(ZeroCopySocket client, CancellationToken stopping)
    {
        await using (client)
        {
            await using ZeroCopySocket server = await ZeroCopySocket.ConnectAsync(behind, stopping);
            await Task.WhenAll(PumpAsync(client, server, stopping), PumpAsync(server, client, stopping));
        }
    }

    private static async Task PumpAsync(ZeroCopySocket from, ZeroCopySocket to, CancellationToken stopping)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int received;
            while ((received = await from.ReceiveAsync(buffer, stopping)) > 0)
            {
                await to.SendAndRecycleAsync(buffer.AsMemory(0, received), stopping);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
