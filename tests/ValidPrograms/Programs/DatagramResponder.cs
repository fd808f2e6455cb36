using System.Net;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Answers each request with a reply to where it came from.</summary>
internal static class DatagramResponder
{
    public static async Task RunAsync(IPEndPoint local, Func<uint, ulong> lookUp, CancellationToken stopping)
    {
        await using ZeroCopyDatagramSocket socket = ZeroCopyDatagramSocket.Bind(local);
        using Reply.Buffer reply = socket.RentReply();
        byte[] datagram = new byte[1500];
        while (!stopping.IsCancellationRequested)
        {
            ReceivedDatagram received = await socket.ReceiveAsync(datagram, stopping);
            if (received.IsTruncated || !Request.TryDecode(datagram.AsSpan(0, received.BytesReceived), out Request request).IsOk)
            {
                continue;
            }

            reply.Write(new Reply { Id = request.Id, Status = 200, Value = lookUp(request.Key) });
            await socket.SendAndRecycleAsync(reply, received.From, stopping);
        }
    }
}
