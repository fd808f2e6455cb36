using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;

namespace ZeroCopySockets.Streams.Tests;

/// <summary>The framework's TLS over two stream views.</summary>
public abstract class TlsTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public Task Payloads_of_every_size_go_round(SslProtocols version) => OnEngine(async engine =>
    {
        await using TlsPair pair = await TlsPair.ConnectAsync(engine, version);
        Assert.Equal(version, pair.Client.SslProtocol);
        foreach (int length in new[] { 1, 100, 4096, 16_384, 16_385, 100_000, 3_000_000 })
        {
            byte[] bytes = Payload.Make(length, length);
            Task echoing = Task.Run(async () => await pair.Server.WriteAsync(await pair.Server.ReadAsync(length)));
            Task<byte[]> reading = pair.Client.ReadAsync(length);
            await pair.Client.WriteAsync(bytes);
            await echoing;
            Assert.Equal(bytes, await reading);
        }
    });

    [EngineTheory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public Task After_close_notify_the_other_direction_goes_on(SslProtocols version) => OnEngine(async engine =>
    {
        await using TlsPair pair = await TlsPair.ConnectAsync(engine, version);
        await pair.Client.WriteAsync(Payload.Make(100_000));
        await pair.Client.ShutdownAsync();
        Assert.Equal(Payload.Make(100_000), await pair.Server.ReadToEndAsync());

        Task<byte[]> reading = pair.Client.ReadToEndAsync();
        await pair.Server.WriteAsync(Payload.Make(200_000, 2));
        await pair.Server.ShutdownAsync();
        Assert.Equal(Payload.Make(200_000, 2), await reading);
    });

    [EngineTheory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public Task A_cancelled_read_loses_no_data(SslProtocols version) => OnEngine(async engine =>
    {
        await using TlsPair pair = await TlsPair.ConnectAsync(engine, version);
        for (int i = 0; i < 20; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<int> reading = pair.Server.ReadAsync(new byte[100], cancellation.Token);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
            await pair.Client.WriteAsync(Payload.Make(20_000, i));
            Assert.Equal(Payload.Make(20_000, i), await pair.Server.ReadAsync(20_000));
        }
    });

    [EngineFact]
    public Task An_empty_read_waits_for_data_through_TLS_too() => OnEngine(async engine =>
    {
        await using TlsPair pair = await TlsPair.ConnectAsync(engine, SslProtocols.Tls12);
        ValueTask<int> waiting = pair.Server.ReadAsync(Memory<byte>.Empty);
        Assert.False(waiting.IsCompleted);
        await pair.Client.WriteAsync(Payload.Make(10));
        Assert.Equal(0, await waiting);
        Assert.Equal(Payload.Make(10), await pair.Server.ReadAsync(10));
    });

    [EngineFact]
    public Task Blocking_TLS_works_too() => OnEngine(async engine =>
    {
        await using TlsPair pair = await TlsPair.ConnectAsync(engine, SslProtocols.Tls13);
        byte[] bytes = Payload.Make(500_000);
        var got = new byte[bytes.Length];
        var reader = new Thread(() => pair.Server.ReadExactly(got));
        reader.Start();
        pair.Client.Write(bytes);
        pair.Client.Flush();
        reader.Join();
        Assert.Equal(bytes, got);
    });

    [EngineFact]
    public Task A_server_whose_handlers_run_on_loops_serves_many_clients() => OnEngine(new ZeroCopyOptions { LoopCount = 2 }, async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        using var stopping = new CancellationTokenSource();
        var failures = new ConcurrentQueue<Exception>();
        Task serving = listener.ServeAsync(
            async socket =>
            {
                await using var server = new SslStream(socket.AsStream());
                await server.AuthenticateAsServerAsync(ServerOptions(SslProtocols.None));
                await server.CopyToAsync(server);
                await server.ShutdownAsync();
            },
            (_, failure) => failures.Enqueue(failure),
            stopping.Token);

        await Task.WhenAll(Enumerable.Range(1, 12).Select(async i =>
        {
            byte[] bytes = Payload.Make(i * 40_000, i);
            await using var client = new SslStream((await engine.ConnectAsync(listener.LocalEndPoint)).AsStream());
            await client.AuthenticateAsClientAsync(ClientOptions(SslProtocols.None));
            Task<byte[]> reading = client.ReadToEndAsync();
            await client.WriteAsync(bytes);
            await client.ShutdownAsync();
            Assert.Equal(bytes, await reading);
        }));
        stopping.Cancel();
        await serving;
        Assert.Empty(failures);
    });

    private static SslServerAuthenticationOptions ServerOptions(SslProtocols version) => new()
    {
        ServerCertificate = Certificates.SelfSigned,
        EnabledSslProtocols = version,
    };

    private static SslClientAuthenticationOptions ClientOptions(SslProtocols version) => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = version,
        RemoteCertificateValidationCallback = static (_, certificate, _, _) =>
            certificate!.GetRawCertData().AsSpan().SequenceEqual(Certificates.SelfSigned.RawData),
    };

    private sealed class TlsPair(SslStream client, SslStream server) : IAsyncDisposable
    {
        public SslStream Client => client;

        public SslStream Server => server;

        public static async Task<TlsPair> ConnectAsync(ZeroCopyEngine engine, SslProtocols version)
        {
            StreamPair pair = await StreamPair.ConnectAsync(engine);
            var client = new SslStream(pair.Client);
            var server = new SslStream(pair.Server);
            await Task.WhenAll(
                server.AuthenticateAsServerAsync(ServerOptions(version)),
                client.AuthenticateAsClientAsync(ClientOptions(version)));
            return new TlsPair(client, server);
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringTlsTests() : TlsTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableTlsTests() : TlsTests(EngineKind.Portable);
