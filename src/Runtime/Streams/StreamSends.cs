using ZeroCopySockets.Engine;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Streams;

/// <summary>The ways into a send for views whose callers expect their memory back with the result.</summary>
internal static class StreamSends
{
    /// <summary>
    /// Fills a slot from the bytes where zero copy is chosen for them, so that nobody's memory is the kernel's until the peer's
    /// acknowledgement. False where a copy by the kernel, straight from the caller's memory, is the better or only way: never
    /// wait for a slot here, because a peer that does not read may hold them all.
    /// </summary>
    public static bool TryFillSlot(this SocketCore core, ReadOnlySpan<byte> bytes, out BufferLease lease)
    {
        lease = default;
        bool onLoop = core.Loop.IsCurrent;
        if (!core.Policy.Choose(bytes.Length, inSlab: true, isStopgap: false, onLoop))
        {
            return false;
        }

        if (!core.Engine.Pool.TryRent(bytes.Length, out lease))
        {
            core.Policy.Choose(bytes.Length, inSlab: true, isStopgap: true, onLoop);
            return false;
        }

        bytes.CopyTo(lease.Edit());
        return true;
    }

    /// <summary>Sends a slot filled by <see cref="TryFillSlot"/> by zero copy, and ends its lease whatever happens.</summary>
    public static ValueTask<SendReceipt> SendFilledSlotAsync(this SocketCore core, in BufferLease lease, CancellationToken cancellation)
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

        return Start(core, LendSlot(lease, lease.Length), zeroCopy: true, isContinued: false, cancellation);
    }

    /// <summary>
    /// Sends the first bytes of a slot as the policy decides, and ends its lease. What is sent after it continues it, and is
    /// not sent if it fails. Throws before it has taken the lease.
    /// </summary>
    public static ValueTask<SendReceipt> SendSlotAsync(this SocketCore core, in BufferLease lease, int length)
    {
        core.Enter();
        Loan loan = LendSlot(lease, length);
        return Start(core, loan, core.Policy.Choose(loan, core.Loop.IsCurrent), isContinued: true, default);
    }

    /// <summary>As <see cref="SendSlotAsync"/>, an array of the shared pool's by copy; it goes back there with the result.</summary>
    public static ValueTask<SendReceipt> SendPooledArrayAsync(this SocketCore core, byte[] array, int length)
    {
        core.Enter();
        var loan = Loan.OfStopgap(array, length);
        return Start(core, loan, core.Policy.Choose(loan, core.Loop.IsCurrent), isContinued: true, default);
    }

    /// <summary>Sends the caller's memory by copy, as <see cref="TryFillSlot"/> has decided and counted. It is the caller's again at the end.</summary>
    public static ValueTask SendByCopyAsync(this SocketCore core, ReadOnlyMemory<byte> memory, CancellationToken cancellation) =>
        SocketSends.StartUnified(core, SocketSends.Lend(core, memory), default, zeroCopy: false, cancellation);

    private static ValueTask<SendReceipt> Start(SocketCore core, in Loan loan, bool zeroCopy, bool isContinued, CancellationToken cancellation)
    {
        bool onLoop = core.Loop.IsCurrent;
        SendOperation send = core.RentSend(onLoop);
        send.Lend(loan);
        send.IsContinued = isContinued;
        return new ValueTask<SendReceipt>(send, (short)core.Start(send, default, zeroCopy, unified: false, cancellation, onLoop));
    }

    private static Loan LendSlot(in BufferLease lease, int length)
    {
        lease.Pool.States.BeginSend(lease.Slot, lease.Generation);
        return Loan.OfSlot(lease, 0, length, endsLease: true);
    }
}
