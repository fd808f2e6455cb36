using System.Net.Sockets;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>Receives in leases: read and given back, kept for a while, copied from, or sent on from where they lie.</summary>
internal sealed partial class Workload
{
    /// <summary>Leases of a stream that are held or being sent on.</summary>
    private readonly Dictionary<ZeroCopySocket, int> _leasesHeld = [];

    /// <summary>Streams on which a receive waits.</summary>
    private readonly HashSet<ZeroCopySocket> _receiving = [];

    private async Task LeasedReceiveScriptAsync(ZeroCopySocket stream)
    {
        SimulatedStream peer = kernel.StreamOf(stream);
        long position = 0;
        _leasesHeld[stream] = 0;
        while (!IsEnding)
        {
            CancellationToken token = MaybeCancelled();
            int received;
            try
            {
                _receiving.Add(stream);
                received = Chance.Happens(0.2)
                    ? await ReceiveCopyAsync(stream, peer, position, token)
                    : await ReceiveLeaseAsync(stream, peer, position, token);
            }
            catch (OperationCanceledException)
            {
                Explain(token.IsCancellationRequested, "a leased receive that nobody cancelled was cancelled");
                continue;
            }
            catch (SocketException e)
            {
                Explain(
                    stream.Core.IsClosing || peer.IsReset || IsEnding || kernel.ErrorsInjected > 0,
                    $"a leased receive failed with {e.SocketErrorCode} though nothing happened to its connection");
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            finally
            {
                _receiving.Remove(stream);
            }

            if (received == 0)
            {
                return;
            }

            position += received;
        }
    }

    private async Task<int> ReceiveCopyAsync(ZeroCopySocket stream, SimulatedStream peer, long position, CancellationToken token)
    {
        TrackedMemory memory = NewMemory(0, Chance.Between(Payload.HeaderLength, 3_000));
        int received = await stream.ReceiveAsync(memory.Memory, token);
        CheckReceived(peer, memory.GetSpan()[..received], position);
        return received;
    }

    private async Task<int> ReceiveLeaseAsync(ZeroCopySocket stream, SimulatedStream peer, long position, CancellationToken token)
    {
        ReceiveLease lease = await stream.ReceiveLeasedAsync(token);
        if (lease.Length == 0)
        {
            return 0;
        }

        CheckReceived(peer, lease.Read(), position);
        int length = lease.Length;
        _leasesHeld[stream]++;
        if (Chance.Happens(Settings.Echoes))
        {
            Echo(stream, lease, position);
        }
        else
        {
            Watch("a received lease", () => KeepAsync(stream, lease, position));
        }

        return length;
    }

    private async Task KeepAsync(ZeroCopySocket stream, ReceiveLease lease, long position)
    {
        if (Chance.Happens(0.5))
        {
            await PauseAsync(3_000);
            CheckLease(lease, position);
        }

        lease.Dispose();
        _leasesHeld[stream]--;
    }

    /// <summary>Sends what was received on to a peer, behind a header, and ends the lease before or after that has happened.</summary>
    private void Echo(ZeroCopySocket from, ReceiveLease lease, long position)
    {
        ZeroCopySocket stream = _streams[Chance.Between(0, _streams.Count - 1)];
        int length = Payload.HeaderLength + lease.Length;
        var message = new Message(NextId(), length) { Body = (Payload.PeerId, (int)position) };
        byte[] header = new byte[Payload.HeaderLength];
        Payload.FillHeader(header, message.Id, length);
        TrackedMemory first = NewMemory(header);
        CancellationToken token = MaybeCancelled();
        kernel.StreamOf(stream).Ledger.Expect(message);
        bool endsFirst = Chance.Happens(0.5);
        Watch("a lease sent on", async () =>
        {
            Task sending;
            try
            {
                ValueTask<SendReceipt> sent = stream.SendZeroCopyAsync(first.Memory, lease.Memory, token);
                // A connection holds its buffer until the kernel has let go of it, also where the send failed.
                sending = Sending([message], token, () => UntilRecycledAsync(stream, [message], sent, () => Reuse(first)));
            }
            catch (ObjectDisposedException)
            {
                message.Outcome = Outcome.Failed;
                sending = Task.CompletedTask;
            }

            if (endsFirst)
            {
                lease.Dispose();
            }

            await sending;
            if (!endsFirst)
            {
                CheckLease(lease, position);
                lease.Dispose();
            }

            _leasesHeld[from]--;
        });
    }

    private static void CheckLease(ReceiveLease lease, long position) => ViolationException.ThrowUnless(
        Payload.IsFromPeer(lease.Read(), position), Invariant.LeasedBytesStay, $"the {lease.Length} bytes that were received at {position} changed while they were leased");
}
