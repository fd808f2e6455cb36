namespace ZeroCopySockets.ValidPrograms;

/// <summary>A frame is one large buffer that the kernel cuts into datagrams.</summary>
internal static class VideoStreamer
{
    public static async Task StreamAsync(
        ZeroCopyDatagramSocket socket, PeerAddress viewer, Func<Memory<byte>, CancellationToken, ValueTask<int>> encode, CancellationToken stopping)
    {
        socket.SegmentSize = 1400;
        Memory<byte>[] frames = [new byte[60_000], new byte[60_000]];
        ValueTask lastButOne = default;
        ValueTask last = default;
        for (int i = 0; !stopping.IsCancellationRequested; i ^= 1)
        {
            Memory<byte> frame = frames[i];
            await lastButOne;
            int length = await encode(frame, stopping);
            SendReceipt sent = await socket.SendZeroCopyAsync(frame[..length], viewer, stopping);
            (lastButOne, last) = (last, sent.Recycled);
        }

        await lastButOne;
        await last;
    }
}
