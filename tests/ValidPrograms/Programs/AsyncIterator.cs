using System.Runtime.CompilerServices;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends a document in pieces and tells its caller how far it has come.</summary>
internal static class AsyncIterator
{
    public static async IAsyncEnumerable<long> SendAsync(
        ZeroCopySocket socket, Stream document, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        byte[] piece = new byte[128 * 1024];
        long total = 0;
        SendReceipt last = default;
        while (true)
        {
            await last.Recycled;
            int read = await document.ReadAsync(piece, cancellationToken);
            if (read == 0)
            {
                yield break;
            }

            last = await socket.SendZeroCopyAsync(piece.AsMemory(0, read), cancellationToken);
            total += read;
            yield return total;
        }
    }
}
