using System.Buffers.Binary;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>A message whose fields are patched in place, through spans and writers that never outlive an await.</summary>
internal static class InPlaceEditor
{
    public static async Task CountUpAsync(ZeroCopySocket socket, Tick.Buffer tick, BufferLease raw, ulong until)
    {
        for (ulong sequence = 0; sequence < until; sequence++)
        {
            Patch(tick.Edit(), sequence);
            BinaryPrimitives.WriteUInt64BigEndian(raw.Edit(), sequence);
            SendReceipt typed = await socket.SendZeroCopyAsync(tick);
            SendReceipt untyped = await socket.SendZeroCopyAsync(raw);
            Console.WriteLine($"{tick.Read().Sequence} of {typed.BytesSent + untyped.BytesSent} bytes");
            await Task.WhenAll(typed.Recycled.AsTask(), untyped.Recycled.AsTask());
        }
    }

    public static ValueTask SendBothEndsAsync(ZeroCopySocket socket, byte[] page)
    {
        Span<byte> head = page.AsSpan(0, 8);
        Span<byte> tail = page.AsSpan(8);
        head.Clear();
        ValueTask sending = socket.SendAndRecycleAsync(page.AsMemory(0, 8));
        tail.Fill(0xFF);
        return sending;
    }

    private static void Patch(Tick.Writer writer, ulong sequence)
    {
        writer.Sequence = sequence;
        writer.Quantity += 1;
    }
}
