namespace ZeroCopySockets.ValidPrograms;

/// <summary>A header of its own before each body: two pieces in one send, neither copied.</summary>
internal static class GatheredFrames
{
    public static async Task SendAsync(ZeroCopySocket socket, IEnumerable<byte[]> bodies, CancellationToken cancellationToken)
    {
        using BufferLease header = socket.Rent(FrameHeader.WireSize);
        foreach (byte[] body in bodies)
        {
            FrameHeader.Encode(new FrameHeader { Length = (uint)body.Length, Kind = 1 }, header.Edit());
            SendReceipt sent = await socket.SendZeroCopyAsync(header, body, cancellationToken);
            await sent.Recycled;
        }
    }
}
