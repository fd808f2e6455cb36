using System.Net.Sockets;

namespace ZeroCopySockets.Stress;

/// <summary>Sends one end's frames in every way there is: messages, leases and memory, awaited and in bursts, cancelled and not.</summary>
internal sealed class FrameSender(ZeroCopySocket socket, EndPlan plan, uint sender, Tally tally)
{
    private const int LongestBurst = 8;

    private readonly Random _random = new(plan.Seed);
    private readonly List<CancellationTokenSource> _tokens = [];

    // Memory the kernel may still read is not written again: given up where a send failed, kept where it recycled.
    private byte[]? _memory;
    private ulong _sequence;

    /// <summary>Sends until all are sent or the stream is broken. True when all were accounted.</summary>
    public async Task<bool> SendAllAsync()
    {
        try
        {
            for (int left = plan.Frames; left > 0;)
            {
                int burst = Math.Min(left, _random.Next(1, LongestBurst + 1));
                await Task.WhenAll(await BurstAsync(burst));
                left -= burst;
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            tally.CountCancelled();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            tally.CountBroken();
        }
        finally
        {
            foreach (CancellationTokenSource token in _tokens)
            {
                token.Dispose();
            }
        }

        return false;
    }

    private async Task<List<Task>> BurstAsync(int frames)
    {
        var sends = new List<Task>(frames);
        try
        {
            for (int i = 0; i < frames; i++)
            {
                sends.Add(await StartAsync());
            }
        }
        catch
        {
            // Those already under way have failed too, or will; nobody else observes them.
            await Task.WhenAll(sends).ContinueWith(static _ => { }, TaskScheduler.Default);
            throw;
        }

        return sends;
    }

    /// <summary>Puts one frame in line. What it returns ends with the send, or with its recycle.</summary>
    private async ValueTask<Task> StartAsync() => _random.Next(8) switch
    {
        0 or 1 => socket.SendZeroCopyAsync(Frame.Small(sender, ++_sequence), Token()).AsTask(),
        2 => socket.SendAndRecycleAsync(Frame.Large(sender, ++_sequence), Token()).AsTask(),
        3 => socket.SendZeroCopyAsync(Frame.Large(sender, ++_sequence), Token()).AsTask(),
        4 => await SendLeaseTwiceAsync(),
        5 => await SendLeaseAsync(),
        6 => SendMemoryAndRecycleAsync(),
        _ => SendMemoryAsync(),
    };

    /// <summary>The lease ends while the kernel may still hold its slot.</summary>
    private async ValueTask<Task> SendLeaseAsync()
    {
        using BufferLease lease = await socket.RentAsync(Size(64 * 1024));
        Frame.Write(lease.Edit(), sender, ++_sequence);
        return _random.Next(2) == 0
            ? socket.SendZeroCopyAsync(lease, Token()).AsTask()
            : socket.SendAndRecycleAsync(lease, Token()).AsTask();
    }

    /// <summary>In place: written again as soon as the kernel has let go.</summary>
    private async ValueTask<Task> SendLeaseTwiceAsync()
    {
        using BufferLease lease = await socket.RentAsync(Size(64 * 1024));
        Frame.Write(lease.Edit(), sender, ++_sequence);
        SendReceipt sent = await socket.SendZeroCopyAsync(lease, Token());
        await sent.Recycled;
        Frame.Write(lease.Edit(), sender, ++_sequence);
        return socket.SendZeroCopyAsync(lease, Token()).AsTask();
    }

    private Task SendMemoryAndRecycleAsync()
    {
        byte[] memory = TakeMemory(out int size);
        Frame.Write(memory.AsSpan(0, size), sender, ++_sequence);
        return KeepAfterAsync(memory, socket.SendAndRecycleAsync(memory.AsMemory(0, size), Token()));
    }

    private Task SendMemoryAsync()
    {
        byte[] memory = TakeMemory(out int size);
        Frame.Write(memory.AsSpan(0, size), sender, ++_sequence);
        return KeepAfterRecycleAsync(memory, socket.SendZeroCopyAsync(memory.AsMemory(0, size), Token()));
    }

    private async Task KeepAfterAsync(byte[] memory, ValueTask sending)
    {
        await sending;
        _memory = memory;
    }

    private async Task KeepAfterRecycleAsync(byte[] memory, ValueTask<SendReceipt> sending)
    {
        await (await sending).Recycled;
        _memory = memory;
    }

    private byte[] TakeMemory(out int size)
    {
        size = Size(EndPlan.LargestFrame);
        byte[]? memory = Interlocked.Exchange(ref _memory, null);
        return memory is not null && memory.Length >= size ? memory : new byte[size];
    }

    /// <summary>Mostly small, now and then as large as allowed.</summary>
    private int Size(int largest) => _random.Next(Frame.HeaderSize + 1, _random.Next(4) == 0 ? largest : 4096);

    private CancellationToken Token()
    {
        if (!plan.Cancels || _random.Next(6) != 0)
        {
            return CancellationToken.None;
        }

        var token = new CancellationTokenSource();
        token.CancelAfter(_random.Next(0, 20));
        _tokens.Add(token);
        return token.Token;
    }
}
