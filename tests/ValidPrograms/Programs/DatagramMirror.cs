namespace ZeroCopySockets.ValidPrograms;

/// <summary>Passes datagrams on to every mirror; each goes out from the array it came in through.</summary>
internal static class DatagramMirror
{
    public static async Task RunAsync(ZeroCopyDatagramSocket socket, PeerAddress[] mirrors, CancellationToken stopping)
    {
        byte[] datagram = new byte[9000];
        var sends = new Task[mirrors.Length];
        while (true)
        {
            ReceivedDatagram received = await socket.ReceiveAsync(datagram, stopping);
            for (int i = 0; i < mirrors.Length; i++)
            {
                sends[i] = socket.SendAndRecycleAsync(datagram.AsMemory(0, received.BytesReceived), mirrors[i], stopping).AsTask();
            }

            await Task.WhenAll(sends);
        }
    }
}
