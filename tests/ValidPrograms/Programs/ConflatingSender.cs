namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends the newest price whenever the kernel is done with the last: what comes in between is overtaken, not queued.</summary>
internal sealed class ConflatingSender(ZeroCopySocket socket) : IDisposable
{
    private readonly Tick.Buffer _buffer = socket.RentTick();
    private Tick _newest;
    private bool _isNew;

    public void Offer(in Tick tick)
    {
        _newest = tick;
        _isNew = true;
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        Tick.Buffer buffer = _buffer;
        SendReceipt last = default;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (await timer.WaitForNextTickAsync(stopping))
        {
            if (!_isNew || !last.IsRecycled)
            {
                continue;
            }

            buffer.Write(_newest);
            _isNew = false;
            last = await socket.SendZeroCopyAsync(buffer, stopping);
        }
    }

    public void Dispose() => _buffer.Dispose();
}
