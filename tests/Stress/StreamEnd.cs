using System.Net.Sockets;

namespace ZeroCopySockets.Stress;

/// <summary>One end of a connection, from the first frame to the closed socket.</summary>
internal sealed class StreamEnd(ZeroCopySocket socket, EndPlan plan, uint sender, uint peer, Tally tally)
{
    private readonly Random _random = new(plan.Seed ^ 0x5EED);
    private readonly FrameReader _reader = new(peer);

    /// <summary>All frames were accounted, in sending.</summary>
    public bool SentAll { get; private set; }

    /// <summary>The stream was read to an orderly end between two frames.</summary>
    public bool ReadAll { get; private set; }

    public int FramesRead => _reader.Frames;

    public async Task RunAsync()
    {
        socket.Policy = plan.Policy;
        // Elsewhere than the accepting loop, half of the time: both ways into a send are used.
        Task<bool> sending = _random.Next(2) == 0 ? SendAsync() : Task.Run(SendAsync);
        Task receiving = ReceiveAsync();
        try
        {
            switch (plan.Ending)
            {
                case Ending.Reset:
                    await Task.Delay(plan.EndAfterMs);
                    await socket.AbortAsync();
                    break;
                case Ending.Dispose:
                    await Task.Delay(plan.EndAfterMs);
                    await socket.DisposeAsync();
                    break;
                case Ending.HalfCloseFirst or Ending.Orderly:
                    SentAll = await sending;
                    EndSide();
                    break;
            }

            await Task.WhenAll(sending, receiving);
        }
        finally
        {
            await socket.DisposeAsync();
            tally.CountFrames(_reader.Frames);
        }
    }

    private Task<bool> SendAsync() => new FrameSender(socket, plan, sender, tally).SendAllAsync();

    private void EndSide()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            tally.CountBroken();
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(16 * 1024);
        int stallAfter = plan.StallMs > 0 ? _random.Next(0, 64 * 1024) : int.MaxValue;
        int total = 0;
        try
        {
            while (true)
            {
                if (total >= stallAfter)
                {
                    await Task.Delay(plan.StallMs);
                    stallAfter = int.MaxValue;
                }

                int received = await ReceiveOnceAsync(buffer);
                if (received == 0)
                {
                    ReadAll = !_reader.IsInside;
                    return;
                }

                _reader.TakeIn(buffer.AsSpan(0, received));
                total += received;
                tally.CountBytes(received);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            tally.CountBroken();
        }
    }

    /// <summary>A receive that is cancelled loses no bytes: the next one has them.</summary>
    private async ValueTask<int> ReceiveOnceAsync(byte[] buffer)
    {
        while (plan.Cancels && _random.Next(4) == 0)
        {
            using var token = new CancellationTokenSource();
            token.CancelAfter(_random.Next(0, 10));
            try
            {
                return await socket.ReceiveAsync(buffer, token.Token);
            }
            catch (OperationCanceledException)
            {
                tally.CountCancelled();
            }
        }

        return await socket.ReceiveAsync(buffer);
    }
}
