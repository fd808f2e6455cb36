namespace ZeroCopySockets.ValidPrograms;

/// <summary>Gathers small writes in a leased buffer and sends it when it is full. Owns its lease.</summary>
internal sealed class PooledWriter(ZeroCopySocket socket, int capacity) : IAsyncDisposable
{
    private BufferLease _buffer = socket.Rent(capacity);
    private int _written;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, capacity - _written);
            bytes.Span[..count].CopyTo(_buffer.Edit()[_written..]);
            _written += count;
            bytes = bytes[count..];
            if (_written == capacity)
            {
                await FlushAsync(cancellationToken);
            }
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        BufferLease full = _buffer;
        int length = _written;
        _buffer = await socket.RentAsync(capacity, cancellationToken);
        _written = 0;
        using (full)
        {
            await socket.SendZeroCopyAsync(full, ..length, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_written > 0)
        {
            await socket.SendZeroCopyAsync(_buffer, .._written);
        }

        _buffer.Dispose();
    }
}
