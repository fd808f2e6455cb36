using System.Diagnostics;
using ZeroCopySockets;

namespace Quickstart;

/// <summary>
/// The in-place path: the caller holds the buffers and writes messages where the kernel will read them. Several are
/// taken in turn, so that the next is written while the kernel still reads the last ones.
/// </summary>
internal sealed class InPlaceSender : IQuoteSender
{
    private readonly Phase _phase;
    private readonly Quote.Buffer[] _buffers = new Quote.Buffer[8];
    private readonly ValueTask[] _recycled = new ValueTask[8];
    private int _next;

    public InPlaceSender(IBufferSource source, Phase phase)
    {
        _phase = phase;
        for (int i = 0; i < _buffers.Length; i++)
        {
            _buffers[i] = source.RentQuote();
        }
    }

    public async ValueTask SendAsync(ZeroCopySocket socket, Quote quote, CancellationToken cancellationToken)
    {
        int i = await NextFreeAsync();
        _buffers[i].Write(quote);
        long calledAt = Stopwatch.GetTimestamp();

        // The first completion: accounted and in order, so the next send may go. The buffer is still the kernel's.
        SendReceipt sent = await socket.SendZeroCopyAsync(_buffers[i], cancellationToken);
        _phase.CountSent(sent.BytesSent);
        _recycled[i] = WhenRecycledAsync(sent, calledAt);
    }

    public async ValueTask SendAsync(ZeroCopyDatagramSocket socket, Quote quote, PeerAddress to, CancellationToken cancellationToken)
    {
        int i = await NextFreeAsync();
        _buffers[i].Write(quote);
        long calledAt = Stopwatch.GetTimestamp();
        SendReceipt sent = await socket.SendZeroCopyAsync(_buffers[i], to, cancellationToken);
        _phase.CountSent(sent.BytesSent);
        _recycled[i] = WhenRecycledAsync(sent, calledAt);
    }

    public async ValueTask AllRecycledAsync()
    {
        for (int i = 0; i < _buffers.Length; i++)
        {
            await NextFreeAsync();
        }
    }

    /// <summary>Legal at any time: a buffer in flight returns to its pool when the kernel lets go of it.</summary>
    public void Dispose()
    {
        foreach (Quote.Buffer buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    /// <summary>The next buffer's turn: writing to it must wait until the kernel has given it back.</summary>
    private async ValueTask<int> NextFreeAsync()
    {
        int i = _next++ % _buffers.Length;
        ValueTask recycled = _recycled[i];
        _recycled[i] = default;
        await recycled;
        return i;
    }

    /// <summary>The second completion: the kernel reads the buffer no more.</summary>
    private async ValueTask WhenRecycledAsync(SendReceipt sent, long calledAt)
    {
        await sent.Recycled;
        _phase.Recycles.Add(Stopwatch.GetTimestamp() - calledAt);
    }
}
