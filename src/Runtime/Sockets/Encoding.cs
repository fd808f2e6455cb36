using System.Buffers;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>Messages into memory that a send may be lent: one slot of the slab, or an array where the pool has none.</summary>
internal static class Encoding
{
    /// <summary>Encodes messages one after the other, as many as one slot holds and at least one.</summary>
    /// <param name="pool">Where the slot comes from.</param>
    /// <param name="messages">The messages; at least one.</param>
    /// <param name="count">How many were encoded.</param>
    public static Loan Encode<T>(BufferPool pool, ReadOnlySpan<T> messages, out int count) where T : unmanaged, IWireLayout<T>
    {
        int length = Measure(messages, out count);
        messages = messages[..count];
        if (pool.TryRent(length, out BufferLease lease))
        {
            int written;
            try
            {
                written = EncodeAll(messages, lease.Edit());
            }
            catch
            {
                lease.Dispose();
                throw;
            }

            pool.States.BeginSend(lease.Slot, lease.Generation);
            return Loan.OfSlot(lease, 0, written, endsLease: true);
        }

        // Never wait for a slot here: those in flight may be in line behind this very send, or with a peer that does not
        // read. A copy from the heap carries it, and the caller's await of the result is the brake.
        byte[] array = ArrayPool<byte>.Shared.Rent(length);
        return Loan.OfStopgap(array, EncodeAll(messages, array));
    }

    /// <returns>Bytes of the first <paramref name="count"/> messages, which are those that one slot holds.</returns>
    private static int Measure<T>(ReadOnlySpan<T> messages, out int count) where T : unmanaged, IWireLayout<T>
    {
        if (T.MinWireSize == T.MaxWireSize)
        {
            count = Math.Min(messages.Length, Math.Max(1, BufferPool.LargestSlot / T.MaxWireSize));
            return count * T.MaxWireSize;
        }

        count = 1;
        int length = T.SizeOf(in messages[0]);
        while (count < messages.Length)
        {
            int longer = length + T.SizeOf(in messages[count]);
            if (longer > BufferPool.LargestSlot)
            {
                break;
            }

            length = longer;
            count++;
        }

        return length;
    }

    /// <returns>Bytes written, which are all that may leave: what lies behind them is another message's.</returns>
    private static int EncodeAll<T>(ReadOnlySpan<T> messages, Span<byte> destination) where T : unmanaged, IWireLayout<T>
    {
        int written = 0;
        foreach (ref readonly T message in messages)
        {
            written += T.Encode(in message, destination[written..]);
        }

        return written;
    }
}
