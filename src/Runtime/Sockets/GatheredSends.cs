using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>The ways into a send of several pieces: segments of the caller's, or many messages at once.</summary>
internal static class GatheredSends
{
    public static ValueTask<SendReceipt> SendSegmentsAsync(
        this SocketCore core, ReadOnlySpan<SendSegment> segments, in PeerAddress to, CancellationToken cancellation)
    {
        foreach (ref readonly SendSegment segment in segments)
        {
            segment.ThrowIfNotToBeSent(core.Engine);
        }

        return StartAsync(core, segments, Lend, to, cancellation);
    }

    /// <summary>All the messages in one send. The slots return to the pool by themselves.</summary>
    public static ValueTask<SendReceipt> SendMessagesAsync<T>(this SocketCore core, ReadOnlySpan<T> messages, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IWireLayout<T> => StartAsync(core, messages, Encode, to, cancellation);

    /// <summary>A header, encoded into a slot of its own, and its payload from where it lies.</summary>
    public static ValueTask<SendReceipt> SendPayloadAsync<T>(
        this SocketCore core, in T header, in SendSegment payload, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IPayloadHeader<T> => StartAsync(core, Checked(core, header, payload), Lend, to, cancellation);

    /// <summary>The same, with one unified completion.</summary>
    public static ValueTask SendPayloadAndRecycleAsync<T>(
        this SocketCore core, in T header, in SendSegment payload, in PeerAddress to, CancellationToken cancellation)
        where T : unmanaged, IPayloadHeader<T>
    {
        Framed<T> message = Checked(core, header, payload);
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        SendOperation send = Gathered(core, message, Lend, out bool zeroCopy);
        return send.WhenDone(core.Start(send, to, zeroCopy, unified: true, cancellation, core.Loop.IsCurrent));
    }

    /// <summary>A header that knows how long its payload is, and the payload.</summary>
    private readonly ref struct Framed<T>(T header, SendSegment payload)
    {
        public readonly T Header = header;
        public readonly SendSegment Payload = payload;
    }

    private static Framed<T> Checked<T>(SocketCore core, in T header, in SendSegment payload) where T : unmanaged, IPayloadHeader<T>
    {
        payload.ThrowIfNotToBeSent(core.Engine);
        if (payload.Length > T.MaxPayload)
        {
            throw new ArgumentException($"The payload has {payload.Length} bytes, and a {typeof(T).Name} at most {T.MaxPayload}.", nameof(payload));
        }

        return new Framed<T>(T.WithPayload(header, payload.Length), payload);
    }

    /// <param name="core">The socket.</param>
    /// <param name="pieces">What to send.</param>
    /// <param name="gather">Lends the pieces, and says whether they travel by zero copy.</param>
    /// <param name="to">Where to.</param>
    /// <param name="cancellation">Gives up.</param>
    private static ValueTask<SendReceipt> StartAsync<TPieces>(
        SocketCore core, TPieces pieces, Func<SocketCore, TPieces, Gather, bool> gather, in PeerAddress to, CancellationToken cancellation)
        where TPieces : allows ref struct
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SendReceipt>(cancellation);
        }

        SendOperation send = Gathered(core, pieces, gather, out bool zeroCopy);
        return new ValueTask<SendReceipt>(send, (short)core.Start(send, to, zeroCopy, unified: false, cancellation, core.Loop.IsCurrent));
    }

    /// <summary>Enters the socket and takes hold of the pieces.</summary>
    private static SendOperation Gathered<TPieces>(SocketCore core, TPieces pieces, Func<SocketCore, TPieces, Gather, bool> gather, out bool zeroCopy)
        where TPieces : allows ref struct
    {
        core.Enter();
        OperationPools pools = core.Engine.Operations;
        Gather gathered = pools.RentGather();
        try
        {
            zeroCopy = gather(core, pieces, gathered);
        }
        catch
        {
            gathered.Return();
            pools.Return(gathered);
            core.Exit();
            throw;
        }

        SendOperation send = core.RentSend(core.Loop.IsCurrent);
        send.Lend(gathered);
        return send;
    }

    private static bool Lend<T>(SocketCore core, Framed<T> message, Gather gather) where T : unmanaged, IPayloadHeader<T>
    {
        Loan header = Encoding.Encode(core.Engine.Pool, new ReadOnlySpan<T>(in message.Header), out _);
        gather.Add(header);
        gather.Add(message.Payload.Lend());
        return core.Policy.ChooseGathered(gather.Length, isWorthwhile: !IsSmall(core, message.Payload), header.IsStopgap);
    }

    private static bool Encode<T>(SocketCore core, ReadOnlySpan<T> messages, Gather gather) where T : unmanaged, IWireLayout<T>
    {
        bool isWorthwhile = false;
        bool hasStopgap = false;
        while (!messages.IsEmpty)
        {
            Loan loan = Encoding.Encode(core.Engine.Pool, messages, out int count);
            isWorthwhile |= loan.Length >= core.Policy.ThresholdFor(loan.InSlab);
            hasStopgap |= loan.IsStopgap;
            gather.Add(loan);
            messages = messages[count..];
        }

        return core.Policy.ChooseGathered(gather.Length, isWorthwhile, hasStopgap);
    }

    /// <summary>
    /// Lends the segments; by zero copy only those that are worth a pinned page. The small ones beside them are copied
    /// together into one slot, where there is one, and are not lent at all.
    /// </summary>
    private static bool Lend(SocketCore core, ReadOnlySpan<SendSegment> segments, Gather gather)
    {
        long length = 0;
        long small = 0;
        foreach (ref readonly SendSegment segment in segments)
        {
            length += segment.Length;
            small += IsSmall(core, segment) ? segment.Length : 0;
        }

        bool zeroCopy = core.Policy.ChooseGathered((int)Math.Min(length, int.MaxValue), isWorthwhile: small < length, hasStopgap: false);
        if (zeroCopy && core.Policy.Mode == ZeroCopyPolicy.Adaptive && small is > 0 and <= BufferPool.LargestSlot
            && core.Engine.Pool.TryRent((int)small, out BufferLease slot))
        {
            LendStaged(core, segments, gather, slot);
        }
        else
        {
            foreach (ref readonly SendSegment segment in segments)
            {
                gather.Add(segment.Lend());
            }
        }

        return zeroCopy;
    }

    private static void LendStaged(SocketCore core, ReadOnlySpan<SendSegment> segments, Gather gather, in BufferLease slot)
    {
        try
        {
            Span<byte> rest = slot.Edit();
            foreach (ref readonly SendSegment segment in segments)
            {
                if (IsSmall(core, segment))
                {
                    segment.CopyTo(rest);
                    rest = rest[segment.Length..];
                }
            }
        }
        catch
        {
            slot.Dispose();
            throw;
        }

        slot.Pool.States.BeginSend(slot.Slot, slot.Generation);
        // A loan of no bytes returns the slot, and goes first: a segment that cannot be lent gives back what is there by then.
        gather.Add(Loan.OfSlot(slot, 0, 0, endsLease: true));
        int start = 0;
        int end = 0;
        foreach (ref readonly SendSegment segment in segments)
        {
            if (IsSmall(core, segment))
            {
                end += segment.Length;
                continue;
            }

            start = AddRun(gather, slot, start, end);
            gather.Add(segment.Lend());
        }

        AddRun(gather, slot, start, end);
    }

    private static int AddRun(Gather gather, in BufferLease slot, int start, int end)
    {
        if (end > start)
        {
            gather.Add(Loan.OfPart(slot, start, end - start));
        }

        return end;
    }

    private static bool IsSmall(SocketCore core, in SendSegment segment) => segment.Length < core.Policy.ThresholdFor(segment.InSlab);
}
