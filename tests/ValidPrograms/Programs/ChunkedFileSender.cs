using Microsoft.Win32.SafeHandles;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Reads a file into registered memory, a chunk at a time, each chunk in a buffer of its own.</summary>
internal static class ChunkedFileSender
{
    private const int ChunkBytes = 64 * 1024;

    public static async Task<long> SendAsync(ZeroCopySocket socket, string path, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        long offset = 0;
        while (true)
        {
            using BufferLease chunk = await socket.RentAsync(ChunkBytes, cancellationToken);
            int read = RandomAccess.Read(file, chunk.Edit(), offset);
            if (read == 0)
            {
                return offset;
            }

            await socket.SendZeroCopyAsync(chunk, ..read, cancellationToken);
            offset += read;
        }
    }
}
