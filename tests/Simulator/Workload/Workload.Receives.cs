using System.Net.Sockets;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>Receives into memory of the caller's.</summary>
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

            CheckReceived(peer, memory.GetSpan()[..received], position);
            CheckUntouched(memory, received);
            position += received;
        }
    }

    private static void CheckReceived(SimulatedStream peer, ReadOnlySpan<byte> received, long position) => ViolationException.ThrowUnless(
        position + received.Length <= peer.Written && Payload.IsFromPeer(received, position),
        Invariant.BytesOnceAndInOrder,
        $"{peer}: the {received.Length} bytes received at {position} are not those the peer wrote");

    /// <summary>Beyond what was received nothing was written, and nothing is once the receive is over.</summary>
    private void CheckUntouched(TrackedMemory memory, int received)
    {
        if (!world.IsOver)
        {
            memory.CheckOwn("was given back by a receive");
            Explain(!memory.GetSpan()[received..].ContainsAnyExcept(Canary), "memory was written that a receive had not received into");
        }
    }
}
