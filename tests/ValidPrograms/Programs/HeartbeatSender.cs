namespace ZeroCopySockets.ValidPrograms;

/// <summary>Says every second that it is alive, from one buffer for the life of the connection.</summary>
internal sealed class HeartbeatSender(ZeroCopySocket socket, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        using Heartbeat.Buffer heartbeat = socket.RentHeartbeat();
        Task? pending = null;
        for (ulong beat = 0; await timer.WaitForNextTickAsync(stopping); beat++)
        {
            if (pending is not null)
            {
                await pending;
            }

            heartbeat.Write(new Heartbeat { Beat = beat, UnixMilliseconds = clock.GetUtcNow().ToUnixTimeMilliseconds() });
            pending = socket.SendAndRecycleAsync(heartbeat, stopping).AsTask();
        }
    }
}
