using ZeroCopySockets;

namespace Quickstart;

/// <summary>The everyday path: hand over a message and forget about memory.</summary>
internal sealed class EverydaySender(Phase phase) : IQuoteSender
{
    public async ValueTask SendAsync(ZeroCopySocket socket, Quote quote, CancellationToken cancellationToken)
    {
        // Encoded straight into a registered slot, which returns to its pool by itself when the kernel is done with it.
        SendReceipt sent = await socket.SendZeroCopyAsync(quote, cancellationToken);
        phase.CountSent(sent.BytesSent);
    }

    public async ValueTask SendAsync(ZeroCopyDatagramSocket socket, Quote quote, PeerAddress to, CancellationToken cancellationToken)
    {
        SendReceipt sent = await socket.SendZeroCopyAsync(quote, to, cancellationToken);
        phase.CountSent(sent.BytesSent);
    }

    public ValueTask AllRecycledAsync() => default;

    public void Dispose()
    {
    }
}
