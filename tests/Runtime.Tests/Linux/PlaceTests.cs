using System.Net;
using System.Net.Sockets;
using ZeroCopySockets.Linux;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Runtime.Tests.Linux;

/// <summary>Sockets with a place in their loop's ring: which have one, and that it outlives nothing.</summary>
public sealed class PlaceTests
{
    private const int Enough = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [PlaceFact]
    public async Task A_socket_that_sends_much_by_zero_copy_has_a_place_until_it_is_closed()
    {
        await using ZeroCopyEngine engine = NewEngine();
        using Socket peer = Receiver();
        ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(peer.LocalEndPoint!);
        int port = ((IPEndPoint)socket.LocalEndPoint).Port;
        string name = NameOf(socket.Core);
        await SendAsync(socket, 10);
        Assert.Equal(0, CountPlaced(name));
        await SendAsync(socket, Enough);
        Assert.Equal(1, CountPlaced(name));
        await socket.DisposeAsync();
        Assert.Equal(0, CountPlaced(name));
        // The port is free only when nothing holds the socket open.
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        again.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    [PlaceFact]
    public async Task Aborting_a_connection_with_a_place_ends_the_send_that_waits_for_its_peer_and_resets_it()
    {
        await using ZeroCopyEngine engine = NewEngine();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ZeroCopySocket stream = await engine.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        using Socket peer = await listener.AcceptAsync();
        using BufferLease lease = engine.Rent(100);
        lease.Edit().Clear();
        await stream.Loop.RunAsync(async () =>
        {
            for (int i = 0; i < Enough; i++)
            {
                await stream.SendZeroCopyAsync(lease);
            }
        }).WaitAsync(Deadline);
        string name = NameOf(stream.Core);
        Assert.Equal(1, CountPlaced(name));
        using BufferLease large = engine.Rent(65_536);
        large.Edit().Clear();
        Task[] sends = await stream.Loop.RunAsync(() => Task.FromResult(Enumerable.Range(0, 200).Select(_ => (Task)stream.SendZeroCopyAsync(large).AsTask()).ToArray()));
        Assert.Contains(sends, send => !send.IsCompleted);
        await stream.AbortAsync().WaitAsync(Deadline);
        Assert.Equal(0, CountPlaced(name));
        await Assert.ThrowsAsync<SocketException>(() => Task.WhenAll(sends).WaitAsync(Deadline));
        byte[] room = new byte[65_536];
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await peer.ReceiveAsync(room).WaitAsync(Deadline) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [PlaceFact]
    public async Task Places_are_taken_again_and_who_comes_when_there_are_none_sends_without()
    {
        await using ZeroCopyEngine engine = NewEngine();
        using Socket peer = Receiver();
        for (int i = 0; i < 1100; i++)
        {
            await using ZeroCopyDatagramSocket passing = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
            passing.Connect(peer.LocalEndPoint!);
            await SendAsync(passing, Enough);
        }

        ulong limit = Libc.DescriptorLimit();
        int places = (int)Math.Min(1024, limit);
        int sockets = (int)Math.Min((ulong)places + 10, limit - 200);
        var open = new List<ZeroCopyDatagramSocket>();
        for (int i = 0; i < sockets; i++)
        {
            ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Connect(peer.LocalEndPoint!);
            await SendAsync(socket, Enough);
            open.Add(socket);
        }

        string[] names = [.. open.Select(socket => NameOf(socket.Core))];
        Assert.Equal(Math.Min(places, sockets), CountPlaced(names));
        await Task.WhenAll(open.Select(socket => socket.DisposeAsync().AsTask())).WaitAsync(Deadline);
        Assert.Equal(0, CountPlaced(names));
    }

    private static ZeroCopyEngine NewEngine() =>
        ZeroCopyEngine.Create(new ZeroCopyOptions { Engine = EngineKind.IoUring, LoopCount = 1, Policy = ZeroCopyPolicy.Always });

    private static Socket Receiver()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static Task SendAsync(ZeroCopyDatagramSocket socket, int count) => socket.Loop.RunAsync(async () =>
    {
        byte[] memory = new byte[10];
        for (int i = 0; i < count; i++)
        {
            await socket.SendAndRecycleAsync(memory);
        }
    }).WaitAsync(Deadline);

    /// <summary>What the system calls the socket behind a descriptor, in /proc.</summary>
    private static string NameOf(SocketCore core) => new FileInfo($"/proc/self/fd/{core.Handle.Fd}").LinkTarget!;

    /// <summary>How many of those sockets are in a table of this process' rings, which list theirs by place and name in fdinfo.</summary>
    private static int CountPlaced(params IEnumerable<string> names)
    {
        var wanted = names.ToHashSet();
        return Directory.EnumerateFiles("/proc/self/fdinfo").SelectMany(FilesOfRing).Count(wanted.Contains);
    }

    private static string[] FilesOfRing(string info)
    {
        try
        {
            return [.. File.ReadLines(info).SkipWhile(line => !line.StartsWith("UserFiles:", StringComparison.Ordinal))
                .TakeWhile(line => !line.StartsWith("UserBufs:", StringComparison.Ordinal)).Select(line => line.Split(' ', StringSplitOptions.TrimEntries)[^1])];
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return [];
        }
    }
}
