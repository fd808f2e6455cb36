namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends back what it receives from where the kernel put it, without a copy on the way.</summary>
internal static class LeasedEcho
{
    public static async Task<long> RunAsync(ZeroCopySocket socket, CancellationToken stopping)
    {
        long echoed = 0;
        while (true)
        {
            using ReceiveLease received = await socket.ReceiveLeasedAsync(stopping);
            if (received.Length == 0)
            {
                return echoed;
            }

            await socket.SendAndRecycleAsync(received.Memory, stopping);
            echoed += received.Length;
        }
    }
}
