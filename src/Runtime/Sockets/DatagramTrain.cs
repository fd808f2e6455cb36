using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// Datagrams of one size to one peer, sent one after the other by code on the loop: one trip through the network stack,
/// where the kernel cuts them apart again (UDP_SEGMENT, udp(7)). On the wire they are the same datagrams.
/// </summary>
internal abstract unsafe class DatagramTrain(DatagramTrains trains) : SendTrain(DatagramTrains.MaxBytes)
{
    private int _size;

    /// <summary>On board is one that is shorter than the rest, which can only be the last.</summary>
    private bool _isClosed;

    /// <summary>Those on board go without a copy; else all are copied.</summary>
    public abstract bool IsZeroCopy { get; }

    /// <summary>Opens the train for sends like this one, which is on board.</summary>
    public void Open(SendOperation first)
    {
        Core = first.Core;
        _size = first.Length;
        _isClosed = false;
        TryBoard(first);
    }

    /// <summary>Sends them off.</summary>
    public void Depart()
    {
        // Cancelled while they waited here, where nobody finds them.
        DropUnwanted();
        Core!.Policy.OnDeparture(Count);
        switch (Count)
        {
            case 0:
                End();
                break;
            case 1:
                SingleOut();
                break;
            default:
                Core.Loop.IssueHere(this);
                break;
        }
    }

    public override void Describe(ref Submission submission)
    {
        base.Describe(ref submission);
        submission.SegmentSize = _size;
        submission.HasDestination = First.CopyDestination(submission.Message);
    }

    protected override bool Takes(SendOperation send)
    {
        if (Count == 0)
        {
            return true;
        }

        if (_isClosed || send.IsZeroCopy != IsZeroCopy || send.Core != Core || send.Length > _size || !send.HasSameDestination(First))
        {
            return false;
        }

        _isClosed = send.Length < _size;
        return true;
    }

    protected override void OnEmpty()
    {
        Core = null;
        trains.OnEmpty(this);
    }

    /// <summary>
    /// Whether the kernel refused the train for what it is. Whether it is an error too for one that is not to be cut, each finds
    /// out for itself.
    /// </summary>
    /// <param name="result">The train's.</param>
    /// <param name="largest">Bytes of the longest datagram that is still worth a try.</param>
    protected bool IsRefusal(int result, out int largest)
    {
        switch (-result)
        {
            case KernelError.EINVAL or KernelError.EMSGSIZE: // Too long for the route.
                largest = _size - 1;
                return true;
            case KernelError.EIO or KernelError.EOPNOTSUPP: // The device makes no checksums.
                largest = 0;
                return true;
            default:
                largest = _size;
                return false;
        }
    }

    /// <summary>Has each go by itself.</summary>
    protected void SingleOut()
    {
        ZeroCopyLoop loop = Core!.Loop;
        while (Count > 0)
        {
            loop.IssueHere(Unload());
        }

        End();
    }
}
