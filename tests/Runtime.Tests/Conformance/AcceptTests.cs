using System.Net.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Conformance;

/// <summary>
/// After liburing's <c>accept</c>: a connection is accepted whether it came before the accept or after it, one accept serves
/// many connections and misses none, accepts are cancelled at once or later, and may be outstanding when everything ends.
/// </summary>
public abstract class AcceptTests(EngineKind kind) : EngineSuite(kind)
{
    [EngineTheory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(32, false)]
    [InlineData(32, true)]
    [InlineData(200, true)]
    public Task Every_connection_is_accepted_once_and_carries_bytes(int count, bool acceptFirst) => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Task<ZeroCopySocket>[] Accept() => [.. Enumerable.Range(0, count).Select(_ => listener.AcceptAsync().AsTask())];
        Task<ZeroCopySocket>[] accepting = acceptFirst ? Accept() : [];
        var clients = new Dictionary<string, Socket>();
        for (int i = 0; i < count; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndPoint);
            clients.Add(client.LocalEndPoint!.ToString()!, client);
        }

        foreach (ZeroCopySocket server in await Task.WhenAll(acceptFirst ? accepting : Accept()))
        {
            Assert.True(clients.Remove(server.RemoteEndPoint.ToString()!, out Socket? client), $"{server.RemoteEndPoint} was accepted twice.");
            await server.SendZeroCopyAsync(new byte[128]);
            int received = 0;
            while (received < 128)
            {
                received += await client.ReceiveAsync(new byte[128]);
            }

            client.Dispose();
            await server.DisposeAsync();
        }

        Assert.Empty(clients);
    });

    [EngineTheory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 10)]
    [InlineData(4, 10)]
    public Task Cancelled_accepts_end_and_the_next_connection_is_not_lost(int count, int delayMs) => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        using var cancellation = new CancellationTokenSource();
        Task<ZeroCopySocket>[] accepting = [.. Enumerable.Range(0, count).Select(_ => listener.AcceptAsync(cancellation.Token).AsTask())];
        await Task.Delay(delayMs);
        cancellation.Cancel();
        foreach (Task<ZeroCopySocket> cancelled in accepting)
        {
            Assert.Equal(cancellation.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled)).CancellationToken);
        }

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint);
        await using ZeroCopySocket server = await listener.AcceptAsync();
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
    });

    [EngineFact]
    public Task An_accept_cancelled_just_when_a_connection_comes_loses_none() => OnEngine(async engine =>
    {
        await using ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        const int Rounds = 100;
        var clients = new List<Socket>();
        var servers = new List<ZeroCopySocket>();
        for (int i = 0; i < Rounds; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<ZeroCopySocket> accepting = listener.AcceptAsync(cancellation.Token).AsTask();
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            clients.Add(client);
            await Task.WhenAll(Task.Run(cancellation.Cancel), client.ConnectAsync(listener.LocalEndPoint));
            try
            {
                servers.Add(await accepting);
            }
            catch (OperationCanceledException)
            {
            }
        }

        while (servers.Count < Rounds)
        {
            servers.Add(await listener.AcceptAsync());
        }

        Assert.Equal(Rounds, servers.Select(server => server.RemoteEndPoint).Distinct().Count());
        clients.ForEach(client => client.Dispose());
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
    });

    [EngineTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Many_listeners_with_outstanding_accepts_end_at_once(bool byEngine) => WithDeadline(async () =>
    {
        ZeroCopyEngine engine = ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = Kind });
        ZeroCopyListener[] listeners = [.. Enumerable.Range(0, 64).Select(_ => engine.Listen(Loopback.AnyPort))];
        Task<ZeroCopySocket>[] accepting = [.. listeners.Select(listener => listener.AcceptAsync().AsTask())];
        await (byEngine ? engine.DisposeAsync().AsTask() : Task.WhenAll(listeners.Select(listener => listener.DisposeAsync().AsTask())));
        foreach (Task<ZeroCopySocket> ended in accepting)
        {
            Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => ended)).SocketErrorCode);
        }

        await engine.DisposeAsync();
        Books.AssertNothingLost(engine);
    });

    [EngineFact]
    public Task Connections_nobody_claimed_are_closed_with_the_listener() => OnEngine(async engine =>
    {
        ZeroCopyListener listener = engine.Listen(Loopback.AnyPort);
        Task<ZeroCopySocket> first = listener.AcceptAsync().AsTask();
        var clients = new List<Socket>();
        for (int i = 0; i < 5; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndPoint);
            clients.Add(client);
        }

        await using ZeroCopySocket server = await first;
        await listener.DisposeAsync();
        foreach (Socket client in clients)
        {
            if (!client.LocalEndPoint!.Equals(server.RemoteEndPoint))
            {
                try
                {
                    // An orderly end from one that was accepted, a reset from one that was still in the backlog.
                    Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
                }
                catch (SocketException e)
                {
                    Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
                }
            }

            client.Dispose();
        }
    });
}

/// <summary>On io_uring.</summary>
[NeedsIoUring]
public sealed class IoUringAcceptTests() : AcceptTests(EngineKind.IoUring);

/// <summary>On the portable engine.</summary>
public sealed class PortableAcceptTests() : AcceptTests(EngineKind.Portable);
