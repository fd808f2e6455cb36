using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// What code on a loop may send there and then between two rounds of the loop, which has more to do: about a millisecond's work. Long
/// copies for which nothing is left wait for a later round.
/// </summary>
internal sealed class RoundBudget
{
    private const int MostSends = 256;

    // Many times what one connection has to send from: less, and each would have to fetch its memory into the cache again.
    private const int MostLongBytes = 4 * 1024 * 1024;

    private readonly Queue<SocketCore> _waiting = new();
    private readonly List<SocketCore> _corked = [];
    private int _sends;
    private int _longBytes;

    /// <summary>Tells rounds apart.</summary>
    public int Round { get; private set; } = 1;

    /// <summary>Whether somebody waits for a round.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>The loop had its turn. The next of the sockets that wait begins the round; one that sends all it can has it to itself.</summary>
    public void BeginRound()
    {
        Round++;
        _sends = _longBytes = 0;
        while (_longBytes == 0 && _waiting.TryDequeue(out SocketCore? socket))
        {
            socket.GoOn();
        }
    }

    /// <summary>Before the loop's turn: what waits for more in this round waits no longer.</summary>
    public void EndRound()
    {
        foreach (SocketCore socket in _corked)
        {
            socket.Uncork();
        }

        _corked.Clear();
    }

    /// <summary>The socket's last packet may wait for more until the round ends.</summary>
    public void Cork(SocketCore socket) => _corked.Add(socket);

    /// <summary>For a send whose bytes do not count.</summary>
    public bool TryTakeSend()
    {
        if (_sends >= MostSends)
        {
            return false;
        }

        _sends++;
        return true;
    }

    /// <summary>For a copy of <see cref="SendRhythm.LongCopy"/> or more.</summary>
    public bool TryTakeLong(int bytes)
    {
        if (_longBytes >= MostLongBytes)
        {
            return false;
        }

        _longBytes += bytes;
        return true;
    }

    /// <summary>The socket waits for a round.</summary>
    public void Wait(SocketCore socket) => _waiting.Enqueue(socket);
}
