using ZeroCopySockets;

namespace Quickstart;

/// <summary>
/// One direction's way of sending. <see cref="EverydaySender"/> and <see cref="InPlaceSender"/> do the same: read them
/// side by side.
/// </summary>
internal interface IQuoteSender : IDisposable
{
    /// <summary>Sends on a stream. Completes when the next may go.</summary>
    ValueTask SendAsync(ZeroCopySocket socket, Quote quote, CancellationToken cancellationToken);

    /// <summary>Sends one datagram. Completes when the next may go.</summary>
    ValueTask SendAsync(ZeroCopyDatagramSocket socket, Quote quote, PeerAddress to, CancellationToken cancellationToken);

    /// <summary>Waits until the kernel has given back the memory of everything sent.</summary>
    ValueTask AllRecycledAsync();
}
