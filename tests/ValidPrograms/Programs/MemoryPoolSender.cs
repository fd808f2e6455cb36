using System.Buffers;
using System.Text.Json;

namespace ZeroCopySockets.ValidPrograms;

/// <summary>Serialises into memory rented from a pool of the framework's, which gets it back when the kernel is done with it.</summary>
internal static class MemoryPoolSender
{
    public static async Task SendAsync<T>(ZeroCopySocket socket, T value, CancellationToken cancellationToken)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value);
        using IMemoryOwner<byte> owner = MemoryPool<byte>.Shared.Rent(json.Length + 1);
        json.CopyTo(owner.Memory);
        owner.Memory.Span[json.Length] = (byte)'\n';
        await socket.SendAndRecycleAsync(owner.Memory[..(json.Length + 1)], cancellationToken);
    }
}
