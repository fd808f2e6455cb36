using System.Buffers;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// The ways into a send of one piece: a message encoded into a slot of its own, a lease of the caller's, memory of the
/// caller's. Each takes hold of its memory at the call and is in line when the call returns.
/// </summary>
internal static unsafe class SocketSends
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

    private static ValueTask<SendReceipt> Start(SocketCore core, in Loan loan, in PeerAddress to, CancellationToken cancellation)
    {
        bool onLoop = core.Loop.IsCurrent;
        bool zeroCopy = core.Policy.Choose(loan, onLoop);
        DirectSend direct = zeroCopy ? default : core.TrySendDirectly(loan.Bytes, to, onLoop);
        if (direct.IsOver(loan.Length, core.IsStream))
        {
            return Finish(core, loan, direct) is { } error
                ? ValueTask.FromException<SendReceipt>(error)
                : core.Guard.Once(new ValueTask<SendReceipt>(new SendReceipt(core.Guard, 0, direct.Result)));
        }

        SendOperation send = core.RentSend(onLoop);
        send.Lend(loan);
        return new ValueTask<SendReceipt>(send, (short)core.Start(send, to, zeroCopy, unified: false, cancellation, onLoop, direct));
    }

    private static ValueTask StartUnified(SocketCore core, in Loan loan, in PeerAddress to, CancellationToken cancellation) =>
        StartUnified(core, loan, to, core.Policy.Choose(loan, core.Loop.IsCurrent), cancellation);

    /// <summary>Sends a loan with one completion, for the result and the recycle.</summary>
    public static ValueTask StartUnified(SocketCore core, in Loan loan, in PeerAddress to, bool zeroCopy, CancellationToken cancellation)
    {
        bool onLoop = core.Loop.IsCurrent;
        DirectSend direct = zeroCopy ? default : core.TrySendDirectly(loan.Bytes, to, onLoop);
        if (direct.IsOver(loan.Length, core.IsStream))
        {
            return Finish(core, loan, direct) is { } error ? ValueTask.FromException(error) : core.Guard.Once(default(ValueTask));
        }

        SendOperation send = core.RentSend(onLoop);
        send.Lend(loan);
        return send.WhenDone(core.Start(send, to, zeroCopy, unified: true, cancellation, onLoop, direct));
    }

    /// <summary>The kernel has the bytes, or refused them: returns the memory and leaves the socket.</summary>
    private static Exception? Finish(SocketCore core, in Loan loan, in DirectSend direct)
    {
        loan.Return();
        Exception? error = core.ErrorOf(direct);
        core.Exit();
        return error;
    }

    private static Loan Encode<T>(SocketCore core, in T message) where T : unmanaged, IWireLayout<T>
    {
        core.Enter();
        try
        {
            return Encoding.Encode(core.Engine.Pool, new ReadOnlySpan<T>(in message), out _);
        }
        catch
        {
            // A layout written by hand may throw.
            core.Exit();
            throw;
        }
    }

    private static Loan Lend(SocketCore core, in BufferLease lease, Range range)
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

        return Loan.OfSlot(lease, offset, length, endsLease: false);
    }

    /// <summary>Enters the socket and takes hold of the memory.</summary>
    public static Loan Lend(SocketCore core, ReadOnlyMemory<byte> memory)
    {
        core.Guard?.ThrowIfHeld(memory, toReceive: false);
        core.Enter();
        try
        {
            return Loan.OfMemory(memory);
        }
        catch
        {
            // Memory whose owner is disposed cannot be pinned.
            core.Exit();
            throw;
        }
    }
}
