namespace ZeroCopySockets.ValidPrograms;

/// <summary>Sends messages of any type, one in flight at a time, over one buffer.</summary>
internal static class TypedChannel
{
    public static async Task SendAllAsync<T>(ZeroCopySocket socket, IAsyncEnumerable<T> messages, CancellationToken cancellationToken)
        where T : unmanaged, IWireLayout<T>
    {
        using BufferLease buffer = socket.Rent(T.MaxWireSize);
        bool inFlight = false;
        SendReceipt sent = default;
        await foreach (T message in messages.WithCancellation(cancellationToken))
        {
            if (inFlight)
            {
                await sent.Recycled;
            }

            int length = T.Encode(message, buffer.Edit());
            sent = await socket.SendZeroCopyAsync(buffer, 0..length, cancellationToken);
            inFlight = true;
        }
    }
}
