namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// After liburing's <c>buf-ring</c>: in every round each buffer of the ring is used once and no more than once, nothing is
/// written beyond what was received, and with all of them taken a receive finds none.
/// </summary>
public abstract class BufRingTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(100)]
    public Task Each_buffer_is_used_once_until_it_is_given_back(int buffers) =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = buffers, ReceiveBuffersPerSocket = buffers + 1, ReceiveBufferSize = 64 }, async engine =>
        {
            await using PlainPair pair = await PlainPair.ConnectAsync(engine);
            byte next = 0;
            for (int round = 0; round < 5; round++)
            {
                var held = new List<(ReceiveLease Lease, byte Value)>();
                while (held.Count < buffers)
                {
                    await pair.Peer.SendAsync(new[] { ++next });
                    held.Add((await pair.Socket.ReceiveLeasedAsync(), next));
                }

                long pauses = engine.GetStatistics().ReceivesPausedByExhaustion;
                await pair.Peer.SendAsync(new[] { ++next });
                Task<ReceiveLease> oneMore = pair.Socket.ReceiveLeasedAsync().AsTask();
                await Eventually.TrueAsync(() => engine.GetStatistics().ReceivesPausedByExhaustion > pauses, () => "The ring was not exhausted.");
                Assert.False(oneMore.IsCompleted);
                for (int i = 0; i < held.Count; i++)
                {
                    Assert.Equal((byte[])[held[i].Value], held[i].Lease.Read().ToArray());
                    Assert.DoesNotContain(held.Skip(i + 1), other => other.Lease.Read().Overlaps(held[i].Lease.Read()));
                }

                held.ForEach(lease => lease.Lease.Dispose());
                using ReceiveLease last = await oneMore;
                Assert.Equal((byte[])[next], last.Read().ToArray());
            }
        });

    [EngineFact]
    public Task Bytes_beyond_a_buffer_go_into_the_next_one() =>
        OnEngine(new ZeroCopyOptions { LoopCount = 1, ReceiveBuffers = 4, ReceiveBufferSize = 64 }, async engine =>
        {
            await using PlainPair pair = await PlainPair.ConnectAsync(engine);
            byte[] sent = Payload.Make(150);
            await pair.Peer.SendAsync(sent);
            var received = new List<byte>();
            while (received.Count < sent.Length)
            {
                using ReceiveLease lease = await pair.Socket.ReceiveLeasedAsync();
                Assert.InRange(lease.Length, 1, 64);
                received.AddRange(lease.Read());
            }

            Assert.Equal(sent, received);
        });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringBufRingTests() : BufRingTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableBufRingTests() : BufRingTests(EngineKind.Portable);
