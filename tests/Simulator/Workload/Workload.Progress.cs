using ZeroCopySockets.Buffers;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator;

/// <summary>
/// What waits must be waiting for the kernel. Work that the engine has forgotten would otherwise go unnoticed: the end of its
/// socket ends it too.
/// </summary>
internal sealed partial class Workload
{
    /// <summary>Looks for forgotten work, more than once: what the kernel has just done may still be on its way to the engine.</summary>
    private async Task CheckProgressAsync()
    {
        for (int look = 0; look < 30; look++)
        {
            if (Forgotten() is null)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), time);
        }

        ViolationException.ThrowUnless(Forgotten() is not { } forgotten, Invariant.EverythingCompletes, Forgotten() ?? "");
    }

    private string? Forgotten()
    {
        foreach (ZeroCopySocket stream in _streams)
        {
            SimulatedStream simulated = kernel.StreamOf(stream);
            if (!stream.Core.IsClosing && stream.Core.Owed > 0 && !kernel.IsAtWorkFor(simulated, static request => request.IsSend))
            {
                return $"{simulated}: {stream.Core.Owed} sends wait though the kernel has none of them";
            }

            if (_receiving.Contains(stream) && MayReceive(stream) && simulated.IsReadable && !kernel.IsAtWorkFor(simulated, static request => request.IsIncoming))
            {
                return $"{simulated}: a receive waits though the kernel has none and there is something to receive";
            }
        }

        return _accepting > 0 && !_listening!.IsClosing && kernel.ListenerOf(_listening) is { HasBacklog: true } listener
            && !kernel.IsAtWorkFor(listener, static request => request.IsIncoming)
            ? "an accept waits though the kernel has none and there is a caller"
            : null;
    }

    /// <summary>Whether nothing explains that a leased receive waits: the quota is not reached, and there are buffers that it may have.</summary>
    private bool MayReceive(ZeroCopySocket stream)
    {
        ReceiveBuffers buffers = stream.Loop.Receives;
        (int provided, int stocked, int returned) = buffers.CountFree();
        int held = _leasesHeld[stream];
        int free = held == 0 ? provided + stocked + returned : provided + Math.Max(0, stocked + returned - buffers.Reserve);
        return !stream.Core.IsClosing && held < buffers.Quota && free > 0;
    }
}
