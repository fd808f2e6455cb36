using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// Sends of one socket, gathered into one submission; copied ones, unless a kind of train says otherwise. Each keeps its own
/// result, its own error and its own cancellation. It travels on the loop.
/// </summary>
internal abstract unsafe class SendTrain(int maxBytes) : Operation
{
    /// <summary>As many as the kernel cuts one send into (UDP_MAX_SEGMENTS; 64 before Linux 6.9).</summary>
    public const int MaxSends = 64;

    private readonly SendOperation?[] _sends = new SendOperation?[MaxSends];
    private readonly SegmentList _segments = new();
    private int _first;
    private int _end;
    private int _bytes;

    /// <summary>Sends on board.</summary>
    protected int Count => _end - _first;

    /// <summary>The first of them.</summary>
    protected SendOperation First => _sends[_first]!;

    /// <summary>All of them, in the order of their calls.</summary>
    protected ReadOnlySpan<SendOperation> OnBoard => _sends.AsSpan(_first, Count)!;

    /// <summary>Takes a send along, unless it is one that cannot travel so, or the train is full.</summary>
    public bool TryBoard(SendOperation send)
    {
        if (_end == MaxSends || !Takes(send) || send.Remaining > maxBytes - _bytes)
        {
            return false;
        }

        _sends[_end++] = send;
        _bytes += send.Remaining;
        return true;
    }

    /// <summary>Whether a send may travel with those on board.</summary>
    protected abstract bool Takes(SendOperation send);

    /// <summary>Nobody is on board any more.</summary>
    protected abstract void OnEmpty();

    public override void OnIssued()
    {
        // A cancellation of one of them cancels the submission; what others had in it is issued again.
        foreach (SendOperation send in OnBoard)
        {
            send.UserData = UserData;
            send.IssuedTo = IssuedTo;
        }
    }

    public override void Describe(ref Submission submission)
    {
        _segments.Clear();
        foreach (SendOperation send in OnBoard)
        {
            _segments.Add(send.Position, send.Remaining);
        }

        submission.Operation = KernelOperation.Send;
        submission.Segments = _segments.Pointer;
        submission.Length = _segments.Count;
        submission.Message = Message;
    }

    public override void OnCompletion(in Completion completion)
    {
        // Bytes belong to the sends in their order; an error to the first that is not done.
        int result = completion.Result;
        bool ended;
        do
        {
            SendOperation send = _sends[_first]!;
            int part = Math.Min(result, send.Remaining);
            ended = send.OnDirectResult(part);
            if (ended)
            {
                Unload();
            }

            result -= part;
        }
        while (ended && result > 0 && _first < _end);

        DropUnwanted();
        if (_first < _end)
        {
            Core!.Loop.Issue(this);
        }
        else
        {
            End();
        }
    }

    public override void OnNotIssued(int errno)
    {
        while (_first < _end)
        {
            Unload().OnNotIssued(errno);
        }

        End();
    }

    public override void OnRingClosed()
    {
        // The kernel may still look at the message header.
        KeepForEver();
        foreach (SendOperation send in OnBoard)
        {
            send.OnRingClosed();
        }
    }

    /// <summary>Ends those whose cancellation has cut the train short, and, after half a message, all that would follow it.</summary>
    protected void DropUnwanted()
    {
        int kept = 0;
        for (int i = _first; i < _end; i++)
        {
            SendOperation send = _sends[i]!;
            _sends[i] = null;
            int errno = Core!.Sends.Failure is not 0 and int failure ? failure : send.CancelRequested ? KernelError.ECANCELED : 0;
            if (errno != 0)
            {
                send.OnNotIssued(errno);
            }
            else
            {
                _sends[kept++] = send;
            }
        }

        _first = 0;
        _end = kept;
    }

    /// <summary>Takes the first off the train.</summary>
    protected SendOperation Unload()
    {
        SendOperation send = _sends[_first]!;
        _sends[_first++] = null;
        return send;
    }

    protected void End()
    {
        Array.Clear(_sends, _first, Count);
        _first = 0;
        _end = 0;
        _bytes = 0;
        OnEmpty();
    }
}
