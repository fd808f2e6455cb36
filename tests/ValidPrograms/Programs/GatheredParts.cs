using System.Buffers.Binary;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>A datagram of a header, a part of a shared page and a trailing checksum, gathered from three places.</summary>
internal static class GatheredParts
{
    public static async Task SendPageAsync(ZeroCopyDatagramSocket socket, BufferLease page, PeerAddress to, CancellationToken cancellationToken)
    {
        byte[] trailer = new byte[4];
        using BufferLease header = socket.Rent(FrameHeader.WireSize);
        const int PartBytes = 1024;
        for (int offset = 0; offset + PartBytes <= page.Length; offset += PartBytes)
        {
            FrameHeader.Encode(new FrameHeader { Length = PartBytes, Flags = (ushort)(offset / PartBytes) }, header.Edit());
            BinaryPrimitives.WriteUInt32BigEndian(trailer, Sum(page.Read().Slice(offset, PartBytes)));
            SendReceipt sent = await socket.SendZeroCopyAsync(
                [header, new SendSegment(page, offset..(offset + PartBytes)), trailer], to, cancellationToken);
            await sent.Recycled;
        }
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum;
    }
}
