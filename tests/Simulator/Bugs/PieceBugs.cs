using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator.Bugs;

/// <summary>When the rest of a short send fails, it is forgotten that part of it has left: the stream goes on behind half a message.</summary>
internal sealed unsafe class GoesOnAfterTornSend(SwarmRing inner) : PlantedRing(inner)
{
    private readonly Dictionary<ulong, (Submission Left, int Sent)> _sends = [];

    public override bool TryPush(in Submission submission)
    {
        bool pushed = base.TryPush(submission);
        if (pushed && submission.Operation == KernelOperation.Send && submission.WaitAll && submission.Segments == null)
        {
            _sends[submission.UserData] = (submission, 0);
        }

        return pushed;
    }

    protected override Completion? Pass(Completion completion)
    {
        if (!_sends.Remove(completion.UserData, out (Submission Left, int Sent) send))
        {
            return completion;
        }

        if (completion.Result > 0)
        {
            int sent = send.Sent + completion.Result;
            send.Left.Buffer += completion.Result;
            send.Left.Length -= completion.Result;
            if (send.Left.Length > 0 && Inner.TryPush(send.Left))
            {
                _sends[completion.UserData] = (send.Left, sent);
                return null;
            }

            return new Completion(completion.UserData, sent, 0);
        }

        // What would make the engine try all of it again is another bug than this one.
        return completion.Result is -KernelError.EINTR or -KernelError.EAGAIN or -KernelError.ECANCELED && send.Sent > 0
            ? new Completion(completion.UserData, send.Sent, 0)
            : completion;
    }
}

/// <summary>A short send in several pieces is continued at the next piece, not where it stopped.</summary>
internal sealed class TakesPiecesForWhole(SwarmRing inner) : PlantedRing(inner)
{
    private readonly Dictionary<ulong, Segment[]> _sends = [];

    public override unsafe bool TryPush(in Submission submission)
    {
        if (submission.Operation is KernelOperation.Send or KernelOperation.SendZeroCopy && submission.Segments != null)
        {
            _sends[submission.UserData] = Request.SegmentsOf(submission);
        }

        return base.TryPush(submission);
    }

    protected override Completion? Pass(Completion completion)
    {
        if (completion.IsNotification || completion.Result <= 0 || !_sends.Remove(completion.UserData, out Segment[]? pieces))
        {
            return completion;
        }

        int end = 0;
        foreach (Segment piece in pieces)
        {
            end += end < completion.Result ? (int)piece.Length : 0;
        }

        return new Completion(completion.UserData, end, completion.Flags);
    }
}
