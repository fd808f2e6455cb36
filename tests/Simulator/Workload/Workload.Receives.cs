using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>Receives, and datagrams in both directions.</summary>
internal sealed partial class Workload
{
    private const byte Canary = 0xC5;

    private async Task ReceiveScriptAsync(ZeroCopySocket stream)
    {
        SimulatedStream peer = kernel.StreamOf(stream);
        TrackedMemory memory = NewMemory(0, Chance.Pick<int>([Payload.HeaderLength, 500, 30_000]));
        long position = 0;
        while (!IsEnding)
        {
            memory.GetSpan().Fill(Canary);
            CancellationToken token = MaybeCancelled();
            int received;
            try
            {
                received = await stream.ReceiveAsync(memory.Memory, token);
            }
            catch (OperationCanceledException)
            {
                Explain(token.IsCancellationRequested, "a receive that nobody cancelled was cancelled");
                CheckUntouched(memory, 0);
                continue;
            }
            catch (SocketException e)
            {
                CheckUntouched(memory, 0);
                if (stream.Core.IsClosing || peer.IsReset || IsEnding)
                {
                    return;
                }

                Explain(kernel.ErrorsInjected > 0, $"a receive failed with {e.SocketErrorCode} though nothing happened to its connection");
                continue;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            if (received == 0)
            {
                return;
            }

            ViolationException.ThrowUnless(
                position + received <= peer.Written && Payload.IsFromPeer(memory.GetSpan()[..received], position),
                Invariant.BytesOnceAndInOrder,
                $"{peer}: the {received} bytes received at {position} are not those the peer wrote");
            CheckUntouched(memory, received);
            position += received;
        }
    }

    /// <summary>Beyond what was received nothing was written, and nothing is once the receive is over.</summary>
    private void CheckUntouched(TrackedMemory memory, int received)
    {
        if (!world.IsOver)
        {
            memory.CheckOwn("was given back by a receive");
            Explain(!memory.GetSpan()[received..].ContainsAnyExcept(Canary), "memory was written that a receive had not received into");
        }
    }

    private async Task DatagramScriptAsync(ZeroCopyDatagramSocket socket)
    {
        DatagramLedger ledger = kernel.DatagramsOf(socket).Ledger;
        Watch("a datagram receiver", () => ReceiveDatagramsAsync(socket));
        for (int step = 0; step < Settings.Steps && !IsEnding; step++)
        {
            try
            {
                var to = new PeerAddress(new IPEndPoint(IPAddress.Loopback, Chance.Between(1, 60_000)));
                ulong id = NextId();
                CancellationToken token = MaybeCancelled();
                Task sending;
                switch (Chance.Between(0, 3))
                {
                    case 0:
                        ledger.Expect(id, LargeNote.WireSize, to);
                        ValueTask<SendReceipt> note = socket.SendZeroCopyAsync(LargeNote.Number(id), to, token);
                        sending = Sending(null, token, () => ResultAsync(null, note, static () => { }));
                        break;
                    case 1:
                        TrackedMemory memory = NewMemory(id, Chance.Between(Payload.HeaderLength, 8_000));
                        ledger.Expect(id, memory.GetSpan().Length, to);
                        ValueTask<SendReceipt> fromMemory = socket.SendZeroCopyAsync(memory.Memory, to, token);
                        sending = Sending(null, token, () => ResultAsync(null, fromMemory, () => Reuse(memory)));
                        break;
                    case 2:
                        if (await RentAsync(Chance.Between(Payload.HeaderLength, 5_000)) is not { } lease)
                        {
                            continue;
                        }

                        Payload.Fill(lease.Edit(), id);
                        ledger.Expect(id, lease.Length, to);
                        ValueTask<SendReceipt> leased = SendOrEnd(socket, lease, to, token);
                        sending = ReuseAsync(lease, [Sending(null, token, () => ResultAsync(null, leased, static () => { }))]);
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

            ulong id = BitConverter.ToUInt64(memory.GetSpan());
            uint length = BitConverter.ToUInt32(memory.GetSpan()[8..]);
            int expected = (int)Math.Min(length, memory.GetSpan().Length);
            ViolationException.ThrowUnless(
                id > last
                    && received.BytesReceived == expected
                    && received.IsTruncated == length > expected
                    && received.From == SimulatedDatagramSocket.Sender(id)
                    && Payload.IsBody(memory.GetSpan()[Payload.HeaderLength..expected], id, 0),
                Invariant.BytesOnceAndInOrder,
                $"datagram {id} was received as {received.BytesReceived} bytes (truncated: {received.IsTruncated}) from {received.From}");
            CheckUntouched(memory, received.BytesReceived);
            last = id;
        }
    }
}
