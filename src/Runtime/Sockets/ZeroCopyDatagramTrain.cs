using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Sockets;

/// <summary>
/// Datagrams in registered memory that go without a copy. Each is told of the train's completions as if they were its own, so
/// that it accounts, goes again, and recycles its memory as one that travels alone; the train lasts until the terminal one.
/// </summary>
internal sealed unsafe class ZeroCopyDatagramTrain(DatagramTrains trains) : DatagramTrain(trains)
{
    /// <summary>The pieces of memory, none across the end of a page, that a packet has room for (MAX_SKB_FRAGS, on most kernels).</summary>
    private const int MaxPages = 17;

    /// <summary>Upon which a send is submitted again, by itself.</summary>
    private const int GoAgain = -KernelError.EINTR;

    private int _pages;
    private int _telling;
    private bool _hasFailed;
    private bool _isOver;

    public override bool IsZeroCopy => true;

    public override void Describe(ref Submission submission)
    {
        base.Describe(ref submission);
        submission.Operation = KernelOperation.SendZeroCopy;
        submission.Registered = true;
    }

    public override void OnIssued()
    {
        base.OnIssued();
        foreach (SendOperation send in OnBoard)
        {
            send.OnIssued();
        }
    }

    public override void OnCompletion(in Completion completion)
    {
        // A synchronization context of the user's may run code in here that has the notification handed out before all were told
        // the result: the train lasts until they are.
        _isOver |= completion.IsTerminal;
        _telling++;
        if (completion.IsNotification)
        {
            TellNotification(completion);
        }
        else
        {
            TellResult(completion);
        }

        if (--_telling == 0 && _isOver)
        {
            End();
        }
    }

    protected override bool Takes(SendOperation send)
    {
        int pages = send.Pages;
        if (_pages + pages > MaxPages || !base.Takes(send))
        {
            return false;
        }

        _pages += pages;
        return true;
    }

    protected override void OnEmpty()
    {
        _pages = 0;
        _hasFailed = false;
        _isOver = false;
        base.OnEmpty();
    }

    private void TellResult(in Completion completion)
    {
        // What is left is the notification, which no cancellation brings.
        UserData = 0;
        int result = completion.Result;
        _hasFailed = result < 0;
        if (IsRefusal(result, out int largest))
        {
            Core!.Policy.LargestTogether = largest;
            result = GoAgain;
        }

        foreach (SendOperation send in OnBoard)
        {
            // Bytes belong to the sends in their order; those that none are left for have not left.
            int part = Math.Min(result, send.Remaining);
            send.OnCompletion(new Completion(completion.UserData, part, completion.Flags));
            result = result > part ? result - part : IsEverybodys(result) ? result : GoAgain;
        }
    }

    private void TellNotification(in Completion completion)
    {
        foreach (SendOperation send in OnBoard)
        {
            if (_hasFailed)
            {
                send.OnEmptyNotification(completion);
            }
            else
            {
                send.OnCompletion(completion);
            }
        }
    }

    /// <summary>An error that is about the submission; any other is the first one's, and those behind it get their own.</summary>
    private static bool IsEverybodys(int result) =>
        -result is KernelError.ECANCELED or KernelError.EINTR or KernelError.EAGAIN or KernelError.ENOMEM or KernelError.ENOBUFS;
}
