namespace ZeroCopySockets.ValidPrograms;

/// <summary>Keeps up to a window of requests under way, and takes the oldest buffer again when the window is full.</summary>
internal static class RequestPipeliner
{
    public static async Task<int> AskAsync(ZeroCopySocket socket, IEnumerable<uint> keys, int window, CancellationToken cancellationToken)
    {
        var underWay = new Queue<(Request.Buffer Buffer, SendReceipt Sent)>();
        uint id = 0;
        try
        {
            foreach (uint key in keys)
            {
                Request.Buffer buffer;
                if (underWay.Count < window)
                {
                    buffer = socket.RentRequest();
                }
                else
                {
                    (buffer, SendReceipt oldest) = underWay.Dequeue();
                    await oldest.Recycled;
                }

                buffer.Write(new Request { Id = id++, Key = key });
                SendReceipt sent = await socket.SendZeroCopyAsync(buffer, cancellationToken);
                underWay.Enqueue((buffer, sent));
            }

            return underWay.Count;
        }
        finally
        {
            while (underWay.TryDequeue(out (Request.Buffer Buffer, SendReceipt Sent) last))
            {
                last.Buffer.Dispose();
            }
        }
    }
}
