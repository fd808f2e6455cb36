namespace ZeroCopySockets.Diagnostics;

/// <summary>What the guard remembers of memory that is received into. That it is read early leaves no trace; that it is written does where nothing arrives.</summary>
internal sealed unsafe class GuardedReceive
{
    private readonly Guard _guard;
    private readonly OwnMemory _memory;
    private readonly byte* _buffer;
    private readonly byte[] _before;

    public GuardedReceive(Guard guard, ReadOnlyMemory<byte> memory, byte* buffer)
    {
        _guard = guard;
        _buffer = buffer;
        // SAFETY: the operation this belongs to has pinned the memory at this address, and keeps it so until Return.
        _before = new ReadOnlySpan<byte>(buffer, memory.Length).ToArray();
        _memory = new OwnMemory(memory, buffer, isReceived: true, new CallSite());
        guard.Track(_memory);
    }

    /// <summary>To be called when the kernel is done, while the memory is still pinned. What to tell whoever awaits the receive; null where all is well.</summary>
    public InvalidOperationException? Return(int received)
    {
        if (_guard.Release(_memory) is { } violation)
        {
            return violation;
        }

        // SAFETY: as above; it is still pinned, and its owner has not been disposed.
        ReadOnlySpan<byte> now = new(_buffer, _memory.Length);
        return now[received..].SequenceEqual(_before.AsSpan(received))
            ? null
            : _guard.Report(_memory.Length, _memory.CallSite, OwnershipErrors.WrittenWhileReceiving(_memory.CallSite));
    }
}
