namespace ZeroCopySockets.Runtime.Tests;

/// <summary>Bytes whose every position can be told from its neighbours, and the reading of streams.</summary>
internal static class Payload
{
    /// <summary>Bytes that depend on the seed and the position alone.</summary>
    public static byte[] Make(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Reads until that many bytes are there.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this ZeroCopySocket socket, int length)
    {
        var bytes = new byte[length];
        int have = 0;
        while (have < length)
        {
            int received = await socket.ReceiveAsync(bytes.AsMemory(have));
            Assert.True(received > 0, $"The stream ended after {have} of {length} bytes.");
            have += received;
        }

        return bytes;
    }
}
