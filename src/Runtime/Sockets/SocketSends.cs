using System.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// The ways into a send: a message encoded into a slot of its own, a lease of the caller's, memory of the caller's. Each
/// takes hold of its memory at the call and is in line when the call returns.
/// </summary>
internal static class SocketSends
{
    public static ValueTask<SendReceipt> SendMessageAsync<T>(this SocketCore core, in T message, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IWireLayout<T> => cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled<SendReceipt>(cancellation)
            : Start(core, Encode(core, message), to, cancellation);

    public static ValueTask SendMessageAndRecycleAsync<T>(this SocketCore core, in T message, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IWireLayout<T> => cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellation)
            : StartUnified(core, Encode(core, message), to, cancellation);

    public static ValueTask<SendReceipt> SendLeaseAsync(this SocketCore core, in BufferLease lease, Range range, in PeerAddress to, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled<SendReceipt>(cancellation)
            : Start(core, Lend(core, lease, range), to, cancellation);

    public static ValueTask SendLeaseAndRecycleAsync(this SocketCore core, in BufferLease lease, Range range, in PeerAddress to, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellation)
            : StartUnified(core, Lend(core, lease, range), to, cancellation);

    public static ValueTask<SendReceipt> SendMemoryAsync(this SocketCore core, ReadOnlyMemory<byte> memory, in PeerAddress to, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled<SendReceipt>(cancellation)
            : Start(core, Lend(core, memory), to, cancellation);

    public static ValueTask SendMemoryAndRecycleAsync(this SocketCore core, ReadOnlyMemory<byte> memory, in PeerAddress to, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellation)
            : StartUnified(core, Lend(core, memory), to, cancellation);

    private static ValueTask<SendReceipt> Start(SocketCore core, SendOperation send, in PeerAddress to, CancellationToken cancellation) =>
        new(send, (short)core.Start(send, to, unified: false, cancellation));

    private static ValueTask StartUnified(SocketCore core, SendOperation send, in PeerAddress to, CancellationToken cancellation) =>
        new(send, (short)core.Start(send, to, unified: true, cancellation));

    private static SendOperation Encode<T>(SocketCore core, in T message) where T : unmanaged, IWireLayout<T>
    {
        core.Enter();
        try
        {
            return EncodeInside(core, message);
        }
        catch
        {
            // A layout written by hand may throw.
            core.Exit();
            throw;
        }
    }

    private static SendOperation EncodeInside<T>(SocketCore core, in T message) where T : unmanaged, IWireLayout<T>
    {
        SendOperation send = core.Engine.Operations.RentSend();
        if (core.Engine.Pool.TryRent(T.WireSize, out BufferLease lease))
        {
            try
            {
                T.Encode(in message, lease.Edit());
            }
            catch
            {
                lease.Dispose();
                throw;
            }

            lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
            send.LendSlot(lease, 0, T.WireSize, endLease: true);
        }
        else
        {
            // Never wait for a slot here: those in flight may be in line behind this very send, or with a peer that does
            // not read. A copy from the heap carries it, and the caller's await of the result is the brake.
            byte[] copy = ArrayPool<byte>.Shared.Rent(T.WireSize);
            T.Encode(in message, copy);
            send.LendCopy(copy, T.WireSize);
        }

        return send;
    }

    private static SendOperation Lend(SocketCore core, in BufferLease lease, Range range)
    {
        if (!ReferenceEquals(lease.Pool, core.Engine.Pool))
        {
            throw new ArgumentException("The buffer was rented from another engine; rent it from this socket or its engine.", nameof(lease));
        }

        (int offset, int length) = range.GetOffsetAndLength(lease.Length);
        core.Enter();
        try
        {
            lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
        }
        catch
        {
            core.Exit();
            throw;
        }

        SendOperation send = core.Engine.Operations.RentSend();
        send.LendSlot(lease, offset, length, endLease: false);
        return send;
    }

    private static SendOperation Lend(SocketCore core, ReadOnlyMemory<byte> memory)
    {
        core.Enter();
        try
        {
            SendOperation send = core.Engine.Operations.RentSend();
            send.LendMemory(memory);
            return send;
        }
        catch
        {
            // Memory whose owner is disposed cannot be pinned.
            core.Exit();
            throw;
        }
    }
}
