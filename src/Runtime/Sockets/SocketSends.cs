using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// The ways into a send: a message encoded into a slot of its own, a lease of the caller's, memory of the caller's. Each
/// takes hold of its memory at the call, whether or not the send can go at once.
/// </summary>
internal static class SocketSends
{
    public static ValueTask<SendReceipt> SendMessageAsync<T>(this SocketCore core, in T message, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IWireLayout<T>
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SendReceipt>(cancellation);
        }

        return core.Turns.IsOpen && core.Engine.Pool.TryRent(T.WireSize, out BufferLease lease)
            ? Result(core.Launch(Encode(core, lease, message), to, unified: false, cancellation))
            : core.SendMessageLaterAsync(message, to, cancellation);
    }

    public static ValueTask SendMessageAndRecycleAsync<T>(this SocketCore core, in T message, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IWireLayout<T>
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        return core.Turns.IsOpen && core.Engine.Pool.TryRent(T.WireSize, out BufferLease lease)
            ? Recycle(core.Launch(Encode(core, lease, message), to, unified: true, cancellation))
            : RecycleAsync(core.SendMessageLaterAsync(message, to, cancellation));
    }

    public static ValueTask<SendReceipt> SendLeaseAsync(this SocketCore core, in BufferLease lease, Range range, in PeerAddress to, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SendReceipt>(cancellation);
        }

        SendOperation send = Lend(core, lease, range);
        return core.Turns.IsOpen
            ? Result(core.Launch(send, to, unified: false, cancellation))
            : core.SendLaterAsync(send, to, cancellation);
    }

    public static ValueTask SendLeaseAndRecycleAsync(this SocketCore core, in BufferLease lease, Range range, in PeerAddress to, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        SendOperation send = Lend(core, lease, range);
        return core.Turns.IsOpen
            ? Recycle(core.Launch(send, to, unified: true, cancellation))
            : RecycleAsync(core.SendLaterAsync(send, to, cancellation));
    }

    public static ValueTask<SendReceipt> SendMemoryAsync(this SocketCore core, ReadOnlyMemory<byte> memory, in PeerAddress to, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SendReceipt>(cancellation);
        }

        SendOperation send = Lend(core, memory);
        return core.Turns.IsOpen
            ? Result(core.Launch(send, to, unified: false, cancellation))
            : core.SendLaterAsync(send, to, cancellation);
    }

    public static ValueTask SendMemoryAndRecycleAsync(this SocketCore core, ReadOnlyMemory<byte> memory, in PeerAddress to, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        SendOperation send = Lend(core, memory);
        return core.Turns.IsOpen
            ? Recycle(core.Launch(send, to, unified: true, cancellation))
            : RecycleAsync(core.SendLaterAsync(send, to, cancellation));
    }

    private static SendOperation Encode<T>(SocketCore core, in BufferLease lease, in T message) where T : unmanaged, IWireLayout<T>
    {
        try
        {
            core.Enter();
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        T.Encode(in message, lease.Edit());
        lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
        SendOperation send = core.Engine.Operations.RentSend();
        send.LendSlot(lease, 0, T.WireSize, endLease: true);
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
        SendOperation send = core.Engine.Operations.RentSend();
        send.LendMemory(memory);
        return send;
    }

    private static (SendOperation Send, int Version) Launch(this SocketCore core, SendOperation send, in PeerAddress to, bool unified, CancellationToken cancellation) =>
        (send, core.Start(send, to, unified, cancellation));

    private static ValueTask<SendReceipt> Result((SendOperation Send, int Version) launched) => new(launched.Send, (short)launched.Version);

    private static ValueTask Recycle((SendOperation Send, int Version) launched) => new(launched.Send, (short)launched.Version);

    private static async ValueTask RecycleAsync(ValueTask<SendReceipt> sending)
    {
        SendReceipt receipt = await sending.ConfigureAwait(false);
        await receipt.Recycled.ConfigureAwait(false);
    }

    /// <summary>The pool is empty, or somebody on this socket waits for it: wait in line, then for a slot, then send.</summary>
    private static async ValueTask<SendReceipt> SendMessageLaterAsync<T>(this SocketCore core, T message, PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IWireLayout<T>
    {
        ValueTask<SendReceipt> sending;
        await core.Turns.EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            BufferLease lease = await core.Engine.Pool.RentAsync(T.WireSize, cancellation).ConfigureAwait(false);
            sending = Result(core.Launch(Encode(core, lease, message), to, unified: false, cancellation));
        }
        finally
        {
            core.Turns.Leave();
        }

        return await sending.ConfigureAwait(false);
    }

    private static async ValueTask<SendReceipt> SendLaterAsync(this SocketCore core, SendOperation send, PeerAddress to, CancellationToken cancellation)
    {
        // The memory is the kernel's from the call on, so a cancellation while waiting must still end the operation:
        // it does so by starting it cancelled.
        await core.Turns.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        ValueTask<SendReceipt> sending;
        try
        {
            sending = Result(core.Launch(send, to, unified: false, cancellation));
        }
        finally
        {
            core.Turns.Leave();
        }

        return await sending.ConfigureAwait(false);
    }
}
