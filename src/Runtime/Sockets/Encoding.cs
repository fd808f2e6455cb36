using System.Buffers;
using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>Messages into memory that a send may be lent: one slot of the slab, or an array where the pool has none.</summary>
internal static class Encoding
{
    /// <summary>Messages of that size which one slot holds.</summary>
    public static int MessagesPerSlot(int wireSize) => Math.Max(1, BufferPool.LargestSlot / wireSize);

    /// <summary>Encodes messages one after the other; no more than one slot holds.</summary>
    public static Loan Encode<T>(BufferPool pool, ReadOnlySpan<T> messages) where T : unmanaged, IWireLayout<T>
    {
        int length = messages.Length * T.WireSize;
        if (pool.TryRent(length, out BufferLease lease))
        {
            try
            {
                EncodeAll(messages, lease.Edit());
            }
            catch
            {
                lease.Dispose();
                throw;
            }

            pool.States.BeginSend(lease.Slot, lease.Generation);
            return Loan.OfSlot(lease, 0, length, endsLease: true);
        }

        // Never wait for a slot here: those in flight may be in line behind this very send, or with a peer that does not
        // read. A copy from the heap carries it, and the caller's await of the result is the brake.
        byte[] array = ArrayPool<byte>.Shared.Rent(length);
        EncodeAll(messages, array);
        return Loan.OfStopgap(array, length);
    }

    private static void EncodeAll<T>(ReadOnlySpan<T> messages, Span<byte> destination) where T : unmanaged, IWireLayout<T>
    {
        foreach (ref readonly T message in messages)
        {
            T.Encode(in message, destination);
            destination = destination[T.WireSize..];
        }
    }
}
