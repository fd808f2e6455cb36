using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// After liburing's <c>recv-mshot-drain</c>: with four buffers of 128 bytes and 4,096 sends of 64, the buffers run dry again
/// and again while the sender goes on; after each refill the receive goes on where it stopped.
/// </summary>
public abstract class RecvMshotDrainTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Sends = 4096;
    private const int SendSize = 64;

    [EngineFact]
    public Task A_ring_that_runs_dry_and_is_refilled_again_and_again_loses_nothing() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 4, ReceiveBuffersPerSocket = 8, ReceiveBufferSize = 128 }, async engine =>
        {
            await using PlainPair pair = await PlainPair.ConnectAsync(engine);
            Task sending = Task.Run(async () =>
            {
                byte[] bytes = new byte[SendSize];
                for (int i = 0; i < Sends; i++)
                {
                    bytes.AsSpan().Fill((byte)i);
                    await pair.Peer.SendAsync(bytes);
                }

                pair.Peer.Shutdown(SocketShutdown.Send);
            });

            long received = 0;
            var held = new List<ReceiveLease>();
            while (true)
            {
                ReceiveLease lease = await pair.Socket.ReceiveLeasedAsync();
                if (lease.Length == 0)
                {
                    break;
                }

                held.Add(lease);
                if (held.Count == 4)
                {
                    // All of them at once: the ring is dry, and only now is it refilled.
                    foreach (ReceiveLease full in held)
                    {
                        received = Check(full, received);
                        full.Dispose();
                    }

                    held.Clear();
                }
            }

            foreach (ReceiveLease rest in held)
            {
                received = Check(rest, received);
                rest.Dispose();
            }

            await sending;
            Assert.Equal(Sends * SendSize, received);
            Assert.True(engine.GetStatistics().ReceivesPausedByExhaustion > 0, "The ring never ran dry.");
        });

    private static long Check(ReceiveLease lease, long position)
    {
        foreach (byte value in lease.Read())
        {
            Assert.True(value == (byte)(position / SendSize), $"Byte {position} is {value}.");
            position++;
        }

        return position;
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringRecvMshotDrainTests() : RecvMshotDrainTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableRecvMshotDrainTests() : RecvMshotDrainTests(EngineKind.Portable);
