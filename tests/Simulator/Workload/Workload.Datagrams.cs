using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>Datagrams in both directions.</summary>
internal sealed partial class Workload
{
    private async Task DatagramScriptAsync(ZeroCopyDatagramSocket socket)
    {
        SimulatedDatagramSocket simulated = kernel.DatagramsOf(socket);
        DatagramLedger ledger = simulated.Ledger;
        Watch("a datagram receiver", () => ReceiveDatagramsAsync(socket));
        PeerAddress to = default;
        int length = 0;
        for (int step = 0; step < Settings.Steps && !IsEnding; step++)
        {
            try
            {
                if (length == 0 || !Chance.Happens(Settings.LikeDatagrams))
                {
                    to = new(new IPEndPoint(IPAddress.Loopback, Chance.Between(1, 60_000)));
                    length = Chance.Between(Payload.HeaderLength, 5_000);
                }

                ulong id = NextId();
                CancellationToken token = MaybeCancelled();
                Task sending;
                switch (simulated.SegmentSize > 0 ? 3 : Chance.Between(0, 4))
                {
                    case 0:
                        ledger.Expect(id, LargeNote.WireSize, to);
                        ValueTask<SendReceipt> note = socket.SendZeroCopyAsync(LargeNote.Number(id), to, token);
                        sending = Sending([], token, () => ResultAsync([], note, static () => { }));
                        break;
                    case 1:
                        TrackedMemory memory = NewMemory(id, Chance.Between(Payload.HeaderLength, 8_000));
                        ledger.Expect(id, memory.GetSpan().Length, to);
                        ValueTask<SendReceipt> fromMemory = socket.SendZeroCopyAsync(memory.Memory, to, token);
                        sending = Sending([], token, () => ResultAsync([], fromMemory, () => Reuse(memory)));
                        break;
                    case 2:
                        // Those sent in one go may travel together.
                        var together = new List<Task>();
                        for (int i = Chance.Between(1, 4); i > 0 && await RentAsync(length) is { } lease; i--)
                        {
                            id = NextId();
                            Payload.Fill(lease.Edit(), id);
                            ledger.Expect(id, lease.Length, to);
                            ValueTask<SendReceipt> leased = SendOrEnd(socket, lease, to, token);
                            together.Add(ReuseAsync(lease, [Sending([], token, () => ResultAsync([], leased, static () => { }))]));
                        }

                        sending = Task.WhenAll(together);
                        break;
                    case 3:
                        sending = simulated.SegmentSize == SmallNote.WireSize || Chance.Happens(0.5)
                            ? SendMany(socket, to, token, static id => SmallNote.Number(id))
                            : SendMany(socket, to, token, static id => LargeNote.Number(id));
                        break;
                    default:
                        sending = PauseAsync(2_000);
                        break;
                }

                if (Chance.Happens(0.4))
                {
                    await sending;
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>Many messages at once, each of which must arrive as a datagram of its own.</summary>
    private Task SendMany<T>(ZeroCopyDatagramSocket socket, PeerAddress to, CancellationToken token, Func<ulong, T> note) where T : unmanaged, IWireLayout<T>
    {
        SimulatedDatagramSocket simulated = kernel.DatagramsOf(socket);
        var notes = new T[Chance.Skewed(150)];
        for (int i = 0; i < notes.Length; i++)
        {
            notes[i] = note(NextId());
            simulated.Ledger.Expect(_nextId, T.MaxWireSize, to);
        }

        ValueTask sending = socket.SendManyAsync<T>(notes, to, token);
        return Sending([], token, async () => await sending);
    }

    private static ValueTask<SendReceipt> SendOrEnd(ZeroCopyDatagramSocket socket, BufferLease lease, PeerAddress to, CancellationToken token)
    {
        try
        {
            return socket.SendZeroCopyAsync(lease, to, token);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private async Task ReceiveDatagramsAsync(ZeroCopyDatagramSocket socket)
    {
        TrackedMemory memory = NewMemory(0, Chance.Pick<int>([Payload.HeaderLength, 600, 2_000]));
        ulong last = 0;
        while (!IsEnding)
        {
            memory.GetSpan().Fill(Canary);
            CancellationToken token = MaybeCancelled();
            ReceivedDatagram received;
            try
            {
                received = await socket.ReceiveAsync(memory.Memory, token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                Explain(token.IsCancellationRequested || kernel.ErrorsInjected > 0 || socket.Core.IsClosing || IsEnding, $"a datagram receive failed: {e.Message}");
                CheckUntouched(memory, 0);
                if (socket.Core.IsClosing)
                {
                    return;
                }

                continue;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            last = CheckDatagrams(memory.GetSpan()[..received.BytesReceived], received, last);
            CheckUntouched(memory, received.BytesReceived);
        }
    }

    /// <summary>Each datagram that was received, if the kernel joined several, is the next of those that arrived. The last one's id.</summary>
    private static ulong CheckDatagrams(ReadOnlySpan<byte> bytes, ReceivedDatagram received, ulong last)
    {
        ulong first = 0;
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> datagram = received.SegmentSize > 0 && received.SegmentSize < bytes.Length ? bytes[..received.SegmentSize] : bytes;
            bytes = bytes[datagram.Length..];
            bool isCut = received.IsTruncated && bytes.IsEmpty;
            if (isCut && first != 0 && datagram.Length < Payload.HeaderLength)
            {
                break;
            }

            ulong id = BitConverter.ToUInt64(datagram);
            uint length = BitConverter.ToUInt32(datagram[8..]);
            first = first == 0 ? id : first;
            ViolationException.ThrowUnless(
                id > last
                    && (isCut ? length >= datagram.Length + (received.SegmentSize == 0 ? 1 : 0) : length == datagram.Length)
                    && received.From == SimulatedDatagramSocket.Sender(first)
                    && Payload.IsBody(datagram[Payload.HeaderLength..], id, 0),
                Invariant.BytesOnceAndInOrder,
                $"datagram {id} was received as {datagram.Length} bytes of {received.BytesReceived} (truncated: {received.IsTruncated}) from {received.From}");
            last = id;
        }

        return last;
    }
}
