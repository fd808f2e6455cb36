namespace ZeroCopySockets.Sockets;

/// <summary>
/// Keeps calls in order once one of them has to wait for a buffer: while anybody waits, those who come later wait behind.
/// </summary>
internal sealed class TurnGate
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _waiting;

    /// <summary>Nobody waits: go ahead without a turn.</summary>
    public bool IsOpen => Volatile.Read(ref _waiting) == 0;

    /// <summary>Waits for the turn. Turns come in the order of the calls; give each back with <see cref="Leave"/>.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellation)
    {
        // Counted before the first await, so that the caller's next call already finds the gate shut.
        Interlocked.Increment(ref _waiting);
        try
        {
            await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _waiting);
            throw;
        }
    }

    public void Leave()
    {
        _turn.Release();
        Interlocked.Decrement(ref _waiting);
    }
}
