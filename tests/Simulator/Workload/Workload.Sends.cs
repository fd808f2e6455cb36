using System.Net.Sockets;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>Sends of every form, and what must be true when they end.</summary>
internal sealed partial class Workload
{
    private async Task StreamScriptAsync(ZeroCopySocket stream)
    {
        for (int step = 0; step < Settings.Steps && !IsEnding; step++)
        {
            try
            {
                await StreamStepAsync(stream);
            }
            catch (ObjectDisposedException)
            {
                // The socket was ended by a step of somebody's, or the engine by the end of the run.
                return;
            }
        }
    }

    private async Task StreamStepAsync(ZeroCopySocket stream)
    {
        if (Chance.Happens(Settings.Shutdowns))
        {
            stream.Shutdown(Chance.Pick<SocketShutdown>([SocketShutdown.Send, SocketShutdown.Receive, SocketShutdown.Both]));
        }

        if (Chance.Happens(Settings.Aborts))
        {
            Watch("an abort", stream.AbortAsync);
        }

        if (Chance.Happens(Settings.Disposals))
        {
            Watch("a dispose", () => stream.DisposeAsync().AsTask());
        }

        Task? sending = null;
        switch (Chance.Between(0, 9))
        {
            case 0:
                await PauseAsync(2_000);
                break;
            case 1:
                sending = SendNote(stream);
                break;
            case 2:
            case 3:
                sending = SendMemory(stream);
                break;
            case 4:
            case 5:
                sending = await SendLeaseAsync(stream);
                break;
            case 6:
                sending = await SendPiecesAsync(stream);
                break;
            case 7:
                sending = SendManyNotes(stream);
                break;
            case 8:
                sending = await SendToAllAsync();
                break;
            default:
                // Fire and forget: nobody takes the result.
                ulong id = NextId();
                kernel.StreamOf(stream).Ledger.Expect(id, SmallNote.WireSize);
                _ = stream.SendZeroCopyAsync(SmallNote.Number(id));
                break;
        }

        if (sending is not null && Chance.Happens(0.4))
        {
            await sending;
        }
    }

    private Task SendNote(ZeroCopySocket stream)
    {
        ulong id = NextId();
        CancellationToken token = MaybeCancelled();
        bool small = Chance.Happens(0.4);
        Message message = kernel.StreamOf(stream).Ledger.Expect(id, small ? SmallNote.WireSize : LargeNote.WireSize);
        if (Chance.Happens(0.3))
        {
            ValueTask unified = small
                ? stream.SendAndRecycleAsync(SmallNote.Number(id), token)
                : stream.SendAndRecycleAsync(LargeNote.Number(id), token);
            return Sending([message], token, async () => await unified);
        }

        ValueTask<SendReceipt> sending = small
            ? stream.SendZeroCopyAsync(SmallNote.Number(id), token)
            : stream.SendZeroCopyAsync(LargeNote.Number(id), token);
        return Sending([message], token, () => ResultAsync([message], sending, static () => { }));
    }

    private Task SendMemory(ZeroCopySocket stream)
    {
        ulong id = NextId();
        CancellationToken token = MaybeCancelled();
        TrackedMemory memory = NewMemory(id, Chance.Between(Payload.HeaderLength, Payload.HeaderLength + Chance.Skewed(12_000)));
        Message message = kernel.StreamOf(stream).Ledger.Expect(id, memory.GetSpan().Length);
        ReadOnlyMemory<byte> sent = memory.Memory;
        if (Chance.Happens(0.3))
        {
            ValueTask unified = stream.SendAndRecycleAsync(sent, token);
            return Sending([message], token, async () =>
            {
                try
                {
                    await unified;
                }
                finally
                {
                    Reuse(memory);
                }
            });
        }

        bool waits = Chance.Happens(0.5);
        ValueTask<SendReceipt> sending = stream.SendZeroCopyAsync(sent, token);
        return Sending([message], token, () => waits
            ? UntilRecycledAsync(stream, [message], sending, () => Reuse(memory))
            : ResultAsync([message], sending, () => Reuse(memory)));
    }

    /// <summary>One leased buffer, to one socket or to several, perhaps disposed in flight.</summary>
    private async Task<Task?> SendLeaseAsync(ZeroCopySocket first)
    {
        if (await RentAsync(Chance.Between(Payload.HeaderLength, Payload.HeaderLength + Chance.Skewed(6_000))) is not { } lease)
        {
            return null;
        }

        ulong id = NextId();
        Payload.Fill(lease.Edit(), id);
        var sends = new List<Task>();
        bool toAll = Chance.Happens(0.3);
        foreach (ZeroCopySocket stream in _streams.ToArray())
        {
            if (stream != first && !toAll)
            {
                continue;
            }

            CancellationToken token = MaybeCancelled();
            Message message = kernel.StreamOf(stream).Ledger.Expect(id, lease.Length);
            try
            {
                ValueTask<SendReceipt> sending = stream.SendZeroCopyAsync(lease, token);
                sends.Add(Sending([message], token, () => ResultAsync([message], sending, static () => { })));
            }
            catch (ObjectDisposedException)
            {
                message.Outcome = Outcome.Failed;
            }
        }

        if (Chance.Happens(0.4))
        {
            lease.Dispose();
            return Task.WhenAll(sends);
        }

        return ReuseAsync(lease, sends);
    }

    private async Task ReuseAsync(BufferLease lease, List<Task> sends)
    {
        await Task.WhenAll(sends);
        if (!lease.IsInFlight)
        {
            CheckOwn(lease);
            // Whoever looks at it now sees something else.
            lease.Edit().Fill(0xEE);
        }

        lease.Dispose();
    }

    private unsafe void CheckOwn(BufferLease lease)
    {
        fixed (byte* address = lease.Read())
        {
            // SAFETY: only compared with the addresses of requests.
            Request? owner = kernel.OwnerOf(address, lease.Length);
            ViolationException.ThrowUnless(owner is null, Invariant.OwedMemoryIsUntouched, $"a lease is not in flight while the kernel owns its memory for {owner}");
        }
    }

    private async Task<BufferLease?> RentAsync(int length)
    {
        try
        {
            return Chance.Happens(0.5) ? engine.Rent(length) : await engine.RentAsync(length, MaybeCancelled());
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return null;
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            // Every buffer that fits is taken.
            return null;
        }
    }

    /// <summary>The two ends of a send: the result, and the moment from which the memory is the caller's.</summary>
    private static async Task ResultAsync(Message[] messages, ValueTask<SendReceipt> sending, Action own)
    {
        SendReceipt receipt = await sending;
        int expected = messages.Sum(static message => message.Length);
        Explain(expected == 0 || receipt.BytesSent == expected, $"{Name(messages)} was reported sent with {receipt.BytesSent} bytes");
        SetOutcome(messages, Outcome.Sent);
        await receipt.Recycled;
        Explain(receipt.IsRecycled, "a receipt whose Recycled has completed says that it is not recycled");
        own();
    }

    /// <summary>The same; where the send fails, not before its memory is back too.</summary>
    private static async Task UntilRecycledAsync(ZeroCopySocket stream, Message[] messages, ValueTask<SendReceipt> sending, Action own)
    {
        try
        {
            await ResultAsync(messages, sending, own);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            SetOutcome(messages, Outcome.Failed);
            await stream.WhenRecycledAsync();
            own();
            throw;
        }
    }

    /// <summary>Watches a send, of one message or more, to its end. The task never fails; it says only that the send is over.</summary>
    private Task Sending(Message[] messages, CancellationToken token, Func<Task> send)
    {
        // Without RunContinuationsAsynchronously, which would take WhenAll through the thread pool and out of the turn-taking.
        var over = new TaskCompletionSource();
        Watch(Name(messages), async () =>
        {
            try
            {
                await send();
                SetOutcome(messages, Outcome.Sent);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                Explain(e is not OperationCanceledException || token.IsCancellationRequested, "a send that nobody cancelled was cancelled");
                SetOutcome(messages, Outcome.Failed);
            }
            finally
            {
                over.SetResult();
            }
        });
        return over.Task;
    }

    /// <summary>The first outcome stands: after its result a send can only fail to be recycled, when the engine ends.</summary>
    private static void SetOutcome(Message[] messages, Outcome outcome)
    {
        foreach (Message message in messages)
        {
            message.Outcome = message.Outcome == Outcome.Unknown ? outcome : message.Outcome;
        }
    }

    private static string Name(Message[] messages) => messages switch
    {
        [] => "a send of datagrams",
        [Message message] => $"the send of message {message.Id} ({message.Length} bytes)",
        _ => $"the send of messages {messages[0].Id} to {messages[^1].Id}",
    };

    private CancellationToken MaybeCancelled()
    {
        if (!Chance.Happens(Settings.Cancels))
        {
            return default;
        }

        var source = new CancellationTokenSource();
        int delay = Chance.Skewed(1_000);
        _ = CancelLaterAsync(source, delay);
        return source.Token;
    }

    private async Task CancelLaterAsync(CancellationTokenSource source, int delay)
    {
        await Task.Delay(TimeSpan.FromMicroseconds(delay), time);
        source.Cancel();
    }

    private TrackedMemory NewMemory(ReadOnlySpan<byte> bytes)
    {
        var memory = new TrackedMemory(kernel, bytes.Length);
        lock (_memories)
        {
            _memories.Add(memory);
        }

        bytes.CopyTo(memory.GetSpan());
        return memory;
    }

    private TrackedMemory NewMemory(ulong id, int length) => NewMemory(Payload.Make(id, length));

    private void Reuse(TrackedMemory memory)
    {
        if (!world.IsOver)
        {
            memory.CheckOwn("was given back");
            memory.GetSpan().Fill(0xDD);
        }
    }

    private ulong NextId() => ++_nextId;
}
