using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// Copied datagrams of one size to one peer, sent one after the other by code on the loop: one trip through the network stack,
/// where the kernel cuts them apart again (UDP_SEGMENT, udp(7)). On the wire they are the same datagrams.
/// </summary>
internal sealed unsafe class DatagramTrain(DatagramTrains trains) : SendTrain(DatagramTrains.MaxBytes)
{
    private int _size;

    /// <summary>On board is one that is shorter than the rest, which can only be the last.</summary>
    private bool _isClosed;

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
        switch (Count)
        {
            case 0:
                End();
                break;
            case 1:
                SingleOut();
                break;
            default:
                Core!.Loop.IssueHere(this);
                break;
        }
    }

    public override void Describe(ref Submission submission)
    {
        base.Describe(ref submission);
        submission.SegmentSize = _size;
        submission.HasDestination = First.CopyDestination(submission.Message);
    }

    public override void OnCompletion(in Completion completion)
    {
        switch (-completion.Result)
        {
            // Whether it is an error too for one that is not to be cut, each finds out for itself.
            case KernelError.EINVAL or KernelError.EMSGSIZE: // Too long for the route.
                Core!.LargestInTrain = _size - 1;
                SingleOut();
                break;
            case KernelError.EIO or KernelError.EOPNOTSUPP: // The device makes no checksums.
                Core!.LargestInTrain = 0;
                SingleOut();
                break;
            default:
                base.OnCompletion(completion);
                break;
        }
    }

    protected override bool Takes(SendOperation send)
    {
        if (Count == 0)
        {
            return true;
        }

        if (_isClosed || send.Core != Core || send.Length > _size || !send.HasSameDestination(First))
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

    private void SingleOut()
    {
        ZeroCopyLoop loop = Core!.Loop;
        while (Count > 0)
        {
            loop.IssueHere(Unload());
        }

        End();
    }
}
