using System.Diagnostics;
using ZeroCopySockets.Benchmarks.Measuring;

namespace ZeroCopySockets.Benchmarks.Sending;

/// <summary>A window of our sends, in a ring of buffers: each buffer is sent again when its send has ended.</summary>
/// <param name="name">As in the tables.</param>
/// <param name="engine">Disposed with the sender.</param>
/// <param name="loop">The socket's.</param>
/// <param name="onLoop">Whether code on the loop sends; otherwise an ordinary thread.</param>
/// <param name="window">Sends in flight at once; with 1 each is awaited before the next.</param>
internal abstract class OurSender(string name, ZeroCopyEngine engine, ZeroCopyLoop loop, bool onLoop, int window) : Contestant(name, Role.Ours)
{
    // Reading the clock for each send would cost a good part of a small one.
    private const int SendsPerLook = 64;

    private readonly ValueTask<SendReceipt>[] _sends = new ValueTask<SendReceipt>[window];

    public override Task<Slice> RunAsync(TimeSpan duration) =>
        Slice.OfAsync(() => onLoop ? loop.RunAsync(() => SliceAsync(duration)) : Task.Run(() => SliceAsync(duration)));

    public override ValueTask DisposeAsync() => engine.DisposeAsync();

    /// <summary>Whether a buffer is sent again only after its notification.</summary>
    protected virtual bool AwaitsRecycled => true;

    /// <summary>Sends the buffer whose turn it is.</summary>
    protected abstract ValueTask<SendReceipt> Send(int turn);

    /// <summary>So many were sent: waits for what still belongs to them.</summary>
    protected virtual Task EndSliceAsync(long sent) => Task.CompletedTask;

    private async Task<long> SliceAsync(TimeSpan duration)
    {
        // What the compiler makes of this method is allocated when it first waits: here, so that a slice of no length tells.
        await Task.Yield();
        bool awaitsRecycled = AwaitsRecycled;
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        int turn = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int i = 0; i < SendsPerLook; i++)
            {
                SendReceipt receipt = await _sends[turn];
                if (awaitsRecycled)
                {
                    await receipt.Recycled;
                }

                _sends[turn] = Send(turn);
                turn = turn + 1 < _sends.Length ? turn + 1 : 0;
            }

            sent += SendsPerLook;
        }

        for (turn = 0; turn < _sends.Length; turn++)
        {
            SendReceipt receipt = await _sends[turn];
            _sends[turn] = default;
            if (awaitsRecycled)
            {
                await receipt.Recycled;
            }
        }

        await EndSliceAsync(sent);
        return sent;
    }
}
