using System.IO.Pipelines;
using CsCheck;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>Whatever the sizes and the order of writes and flushes, the same bytes arrive. A failure prints the seed and the shortest case.</summary>
public abstract class RandomTrafficTests(EngineKind kind) : EngineSuite(kind)
{
    private const int Cases = 60;

    private static readonly Gen<int> s_size = Gen.OneOf(Gen.Int[0, 300], Gen.Int[900, 5_000], Gen.Int[60_000, 140_000]);

    private static readonly Gen<ZeroCopyPolicy> s_policy = Gen.Enum<ZeroCopyPolicy>();

    [EngineFact]
    public Task Written_to_a_stream() => OnEngine(engine =>
        Gen.Select(s_policy, s_size.List[0, 25]).SampleAsync(async traffic =>
        {
            (ZeroCopyPolicy policy, List<int> sizes) = traffic;
            await using StreamPair pair = await StreamPair.ConnectAsync(engine);
            pair.Client.Socket.Policy = policy;
            Task<byte[]> reading = pair.Server.ReadToEndAsync();
            byte[] expected = Payload.Make(sizes.Sum());
            int written = 0;
            foreach (int size in sizes)
            {
                byte[] piece = expected.AsSpan(written, size).ToArray();
                await pair.Client.WriteAsync(piece);
                piece.AsSpan().Clear();
                written += size;
            }

            pair.Client.CompleteWrites();
            byte[] got = await reading;
            Assert.True(expected.AsSpan().SequenceEqual(got));
        }, iter: Cases, threads: 1));

    [EngineFact]
    public Task Written_to_a_pipe() => OnEngine(new ZeroCopyOptions { SmallBuffers = 4, MediumBuffers = 4, LargeBuffers = 4 }, engine =>
        Gen.Select(s_policy, Gen.Select(Gen.Int[0, 3], s_size, s_size).List[0, 40]).SampleAsync(async traffic =>
        {
            (ZeroCopyPolicy policy, List<(int, int, int)> steps) = traffic;
            await using TcpPair pair = await TcpPair.ConnectAsync(engine);
            pair.Client.Policy = policy;
            ZeroCopyDuplexPipe pipe = pair.Client.AsPipe();
            ZeroCopyDuplexPipe other = pair.Server.AsPipe();
            using var got = new MemoryStream();
            Task reading = other.Input.CopyToAsync(got);
            byte[] expected = Payload.Make(steps.Sum(static step => step.Item2));
            int written = 0;
            foreach ((int what, int size, int hint) in steps)
            {
                Fill(pipe.Output, expected.AsSpan(written, size), hint);
                written += size;
                if (what == 1)
                {
                    await pipe.Output.FlushAsync();
                }
                else if (what == 2)
                {
                    ValueTask<FlushResult> flush = pipe.Output.FlushAsync();
                    pipe.Output.CancelPendingFlush();
                    await flush;
                }
            }

            await pipe.Output.CompleteAsync();
            await reading;
            Assert.True(expected.AsSpan().SequenceEqual(got.ToArray()));
            await pipe.DisposeAsync();
            await other.DisposeAsync();
        }, iter: Cases, threads: 1));

    /// <summary>Writes in whatever pieces the writer offers, asking for more than is used.</summary>
    private static void Fill(PipeWriter writer, ReadOnlySpan<byte> bytes, int hint)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = writer.GetSpan(hint);
            int length = Math.Min(room.Length, bytes.Length);
            bytes[..length].CopyTo(room);
            writer.Advance(length);
            bytes = bytes[length..];
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringRandomTrafficTests() : RandomTrafficTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableRandomTrafficTests() : RandomTrafficTests(EngineKind.Portable);
