namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends back what it receives, through one array per connection.</summary>
internal static class EchoServer
{
    public static Task RunAsync(ZeroCopyListener listener, CancellationToken stopping) =>
        listener.ServeAsync(EchoAsync, cancellationToken: stopping);

    private static async Task EchoAsync(ZeroCopySocket socket, CancellationToken stopping)
    {
        byte[] buffer = new byte[16 * 1024];
        int received;
        while ((received = await socket.ReceiveAsync(buffer, stopping)) > 0)
        {
            await socket.SendAndRecycleAsync(buffer.AsMemory(0, received), stopping);
        }
    }
}
