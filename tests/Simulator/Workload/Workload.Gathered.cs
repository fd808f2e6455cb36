namespace ZeroCopySockets.Simulator;

/// <summary>Sends of several pieces, of many messages, and of one buffer to many.</summary>
internal sealed partial class Workload
{
    /// <summary>One message from several places: leased buffers and memory of the caller's, cut anywhere.</summary>
    private async Task<Task?> SendPiecesAsync(ZeroCopySocket stream)
    {
        var leases = new List<BufferLease>();
        var memories = new List<TrackedMemory>();
        ulong id = NextId();
        int length = Payload.HeaderLength + Chance.Skewed(Settings.LargestSend);
        Message? message = null;
        CancellationToken token = default;
        ValueTask<SendReceipt> sending;
        try
        {
            SendSegment[] pieces = await CutAsync(Payload.Make(id, length), leases, memories);
            token = MaybeCancelled();
            message = kernel.StreamOf(stream).Ledger.Expect(id, length);
            sending = stream.SendZeroCopyAsync(pieces, token);
        }
        catch (ObjectDisposedException)
        {
            leases.ForEach(static lease => lease.Dispose());
            message?.Outcome = Outcome.Failed;
            throw;
        }

        Task over = Sending([message], token, () => ResultAsync([message], sending, () => memories.ForEach(Reuse)));
        if (Chance.Happens(0.4))
        {
            leases.ForEach(static lease => lease.Dispose());
            return over;
        }

        return Task.WhenAll([over, .. leases.Select(lease => ReuseAsync(lease, [over]))]);
    }

    private async Task<SendSegment[]> CutAsync(byte[] whole, List<BufferLease> leases, List<TrackedMemory> memories)
    {
        var pieces = new List<SendSegment>();
        for (int done = 0; done < whole.Length;)
        {
            Memory<byte> piece = whole.AsMemory(done, Math.Min(whole.Length - done, Chance.Skewed(4_000)));
            done += piece.Length;
            if (Chance.Happens(0.4) && await RentAsync(piece.Length) is { } lease)
            {
                leases.Add(lease);
                piece.Span.CopyTo(lease.Edit());
                pieces.Add(lease);
            }
            else
            {
                TrackedMemory memory = NewMemory(piece.Span);
                memories.Add(memory);
                pieces.Add(memory.Memory);
            }
        }

        return [.. pieces];
    }

    private Task SendManyNotes(ZeroCopySocket stream) => Settings.LargestSend < LargeNote.WireSize || Chance.Happens(0.5)
        ? SendManyNotes(stream, static id => SmallNote.Number(id))
        : SendManyNotes(stream, static id => LargeNote.Number(id));

    private Task SendManyNotes<T>(ZeroCopySocket stream, Func<ulong, T> note) where T : unmanaged, IWireLayout<T>
    {
        var notes = new T[Chance.Between(1, Math.Max(1, Settings.LargestSend / T.MaxWireSize * 2))];
        var messages = new Message[notes.Length];
        for (int i = 0; i < notes.Length; i++)
        {
            notes[i] = note(NextId());
            messages[i] = kernel.StreamOf(stream).Ledger.Expect(_nextId, T.MaxWireSize);
        }

        CancellationToken token = MaybeCancelled();
        ValueTask<SendReceipt> sending = stream.SendManyAsync<T>(notes, token);
        return Sending(messages, token, () => ResultAsync(messages, sending, static () => { }));
    }

    /// <summary>One leased buffer to every stream there is, the closed ones too.</summary>
    private async Task<Task?> SendToAllAsync()
    {
        if (await RentAsync(Payload.HeaderLength + Chance.Skewed(Settings.LargestSend)) is not { } lease)
        {
            return null;
        }

        ulong id = NextId();
        Payload.Fill(lease.Edit(), id);
        CancellationToken token = MaybeCancelled();
        ZeroCopySocket[] to = [.. _streams];
        Dictionary<ZeroCopySocket, Message> messages = to.ToDictionary(static stream => stream, stream => kernel.StreamOf(stream).Ledger.Expect(id, lease.Length));
        void OnError(ZeroCopySocket stream, Exception error)
        {
            world.Guard(() => Explain(error is not OperationCanceledException || token.IsCancellationRequested, "a send to many that nobody cancelled was cancelled"));
            messages[stream].Outcome = Outcome.Failed;
        }

        ValueTask<SendReceipt> sending;
        try
        {
            sending = engine.SendToAllAsync(to, lease, OnError, token);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        Task over = Sending([], token, async () =>
        {
            SendReceipt receipt = await sending;
            Message[] sent = [.. messages.Values.Where(static message => message.Outcome == Outcome.Unknown)];
            Explain(receipt.BytesSent == sent.Sum(static message => message.Length), $"message {id} was sent to {sent.Length} peers with {receipt.BytesSent} bytes in all");
            SetOutcome(sent, Outcome.Sent);
            await receipt.Recycled;
            Explain(receipt.IsRecycled, "a fan-out whose Recycled has completed says that it is not recycled");
        });
        return ReuseAsync(lease, [over]);
    }
}
