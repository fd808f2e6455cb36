using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// The datagrams that wait on one loop for others to travel with, until the loop next goes to the kernel. At most one train
/// waits, so that the order of calls stays the order of sending.
/// </summary>
internal sealed class DatagramTrains
{
    /// <summary>The payload of the largest UDP datagram over IPv4, which is what the kernel cuts.</summary>
    public const int MaxBytes = 65_507;

    // As many as were ever under way at once.
    private readonly Stack<DatagramTrain> _idleCopied = new();
    private readonly Stack<DatagramTrain> _idleZeroCopy = new();
    private DatagramTrain? _waiting;

    /// <summary>Lets a send wait for others like it. False if it is to go by itself; then nothing waits any more.</summary>
    public bool TryBoard(SendOperation send)
    {
        if (!send.IsOnePiece || send.Length == 0 || send.Length > LargestLike(send))
        {
            Depart();
            return false;
        }

        if (_waiting is null || !_waiting.TryBoard(send))
        {
            Depart();
            _waiting = IdleFor(send.IsZeroCopy).TryPop(out DatagramTrain? idle) ? idle
                : send.IsZeroCopy ? new ZeroCopyDatagramTrain(this)
                : new CopiedDatagramTrain(this);
            _waiting.Open(send);
        }

        return true;
    }

    /// <summary>Sends off what waits.</summary>
    public void Depart()
    {
        if (_waiting is { } train)
        {
            _waiting = null;
            train.Depart();
        }
    }

    public void OnEmpty(DatagramTrain train) => IdleFor(train.IsZeroCopy).Push(train);

    private Stack<DatagramTrain> IdleFor(bool zeroCopy) => zeroCopy ? _idleZeroCopy : _idleCopied;

    /// <summary>Outside the slab each piece of a train would have to be pinned by itself.</summary>
    private static int LargestLike(SendOperation send) =>
        !send.IsZeroCopy ? send.Core!.LargestInTrain : send.InSlab ? send.Core!.Policy.LargestTogether : 0;
}
