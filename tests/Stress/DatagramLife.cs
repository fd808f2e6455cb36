using System.Net;
using System.Net.Sockets;

namespace ZeroCopySockets.Stress;

/// <summary>A datagram socket that sends to itself, connected or addressed, whose receives are cancelled, and that is disposed at some moment.</summary>
internal sealed class DatagramLife(uint number, Random random, Tally tally)
{
    private const int LargestDatagram = 32 * 1024;

    public override string ToString() => $"datagram socket {number}";

    public async Task RunAsync(ZeroCopyEngine engine)
    {
        int seed = random.Next();
        int endAfterMs = random.Next(5, 400);
        ZeroCopyDatagramSocket socket = engine.BindDatagram(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Policy = (ZeroCopyPolicy)random.Next(3);
        bool connected = random.Next(2) == 0;
        if (connected)
        {
            socket.Connect(socket.LocalEndPoint);
        }

        Task sending = SendAsync(socket, socket.LocalEndPoint, connected, new Random(seed));
        Task receiving = ReceiveAsync(socket, new Random(seed + 1));
        await Task.Delay(endAfterMs);
        await socket.DisposeAsync();
        await Task.WhenAll(sending, receiving);
        tally.CountDatagramSocket();
    }

    private async Task SendAsync(ZeroCopyDatagramSocket socket, PeerAddress self, bool connected, Random draw)
    {
        try
        {
            for (ulong sequence = 1; ; sequence++)
            {
                await Task.Delay(draw.Next(0, 8));
                using BufferLease lease = await socket.RentAsync(draw.Next(Frame.HeaderSize + 1, LargestDatagram));
                Frame.Write(lease.Edit(), number, sequence);
                if (connected)
                {
                    await socket.SendAndRecycleAsync(lease);
                }
                else
                {
                    await socket.SendZeroCopyAsync(lease, self);
                    await socket.SendZeroCopyAsync(Frame.Large(number, ++sequence), self);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            tally.CountBroken();
        }
    }

    private async Task ReceiveAsync(ZeroCopyDatagramSocket socket, Random draw)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(LargestDatagram);
        try
        {
            while (true)
            {
                using var token = new CancellationTokenSource();
                token.CancelAfter(draw.Next(0, 20));
                try
                {
                    ReceivedDatagram datagram = await socket.ReceiveAsync(buffer, token.Token);
                    Verify(buffer.AsSpan(0, datagram.BytesReceived));
                    tally.CountDatagram();
                }
                catch (OperationCanceledException)
                {
                    tally.CountCancelled();
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            tally.CountBroken();
        }
    }

    private void Verify(ReadOnlySpan<byte> datagram)
    {
        // Datagrams of a socket that had this port before may still come: of those only the filling is checked.
        (ulong sequence, uint sender, int length) = Frame.ReadHeader(datagram);
        if (length != datagram.Length - Frame.HeaderSize || datagram[Frame.HeaderSize..].IndexOfAnyExcept(Frame.FillingOf(sender, sequence)) >= 0)
        {
            throw new CorruptionException($"A datagram of {datagram.Length} bytes, by its header {sequence} of {sender}, came to {this} changed.");
        }
    }
}
