using System.Text;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Answers every request with one page that never changes, and a head that does.</summary>
internal sealed class HttpResponder(byte[] page)
{
    public async Task ServeAsync(ZeroCopySocket socket, CancellationToken stopping)
    {
        byte[] request = new byte[8 * 1024];
        using BufferLease head = socket.Rent(256);
        SendReceipt headSent = default;
        while (await socket.ReceiveAsync(request, stopping) > 0)
        {
            await headSent.Recycled;
            if (!TryWriteHead(head.Edit(), out int length))
            {
                return;
            }

            headSent = await socket.SendZeroCopyAsync(head, ..length, stopping);
            await socket.SendZeroCopyAsync(page, stopping);
        }
    }

    private bool TryWriteHead(Span<byte> destination, out int length) => Encoding.ASCII.TryGetBytes(
        $"HTTP/1.1 200 OK\r\nContent-Length: {page.Length}\r\nDate: {DateTime.UtcNow:R}\r\n\r\n", destination, out length);
}
