using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator.Bugs;

/// <summary>
/// Some submissions are never made. All else goes on as if they had: when they are cancelled, or their socket is, they end, so
/// that nothing but the work left undone gives the bug away.
/// </summary>
internal abstract class ForgetfulRing(SwarmRing inner) : PlantedRing(inner)
{
    private readonly List<(ulong UserData, object Socket)> _forgotten = [];

    public override bool TryPush(in Submission submission)
    {
        object? socket = submission.Socket;
        ulong target = submission.CancelTarget;
        switch (submission.Operation)
        {
            case KernelOperation.CancelSocket:
                End(forgotten => forgotten.Socket == socket);
                break;
            case KernelOperation.Cancel:
                End(forgotten => forgotten.UserData == target);
                break;
            default:
                if (Forgets(submission))
                {
                    _forgotten.Add((submission.UserData, socket!));
                    return true;
                }

                break;
        }

        return base.TryPush(submission);
    }

    protected abstract bool Forgets(in Submission submission);

    private void End(Predicate<(ulong UserData, object Socket)> isMeant)
    {
        foreach ((ulong userData, _) in _forgotten.FindAll(isMeant))
        {
            Forge(new Completion(userData, -KernelError.ECANCELED, 0));
        }

        _forgotten.RemoveAll(isMeant);
    }
}

/// <summary>What a short send left over is never submitted.</summary>
internal sealed class SkipsRearm(SwarmRing inner) : ForgetfulRing(inner)
{
    private readonly Dictionary<ulong, (object Socket, int Length)> _sends = [];
    private readonly HashSet<object> _short = [];

    protected override bool Forgets(in Submission submission)
    {
        if (submission.Operation is not (KernelOperation.Send or KernelOperation.SendZeroCopy))
        {
            return false;
        }

        _sends[submission.UserData] = (submission.Socket!, Request.LengthOf(submission));
        return _short.Remove(submission.Socket!);
    }

    protected override Completion? Pass(Completion completion)
    {
        if (!completion.IsNotification
            && _sends.Remove(completion.UserData, out (object Socket, int Length) send)
            && completion.Result > 0
            && completion.Result < send.Length)
        {
            _short.Add(send.Socket);
        }

        return completion;
    }
}

/// <summary>A multishot receive that ended, out of buffers or with the bytes it has just brought, is thought to go on.</summary>
internal sealed class NeverReceivesAgain(SwarmRing inner) : ForgetfulRing(inner)
{
    private readonly Dictionary<ulong, object> _receives = [];
    private readonly HashSet<object> _ended = [];

    protected override bool Forgets(in Submission submission)
    {
        if (submission.Operation != KernelOperation.ReceiveMultishot)
        {
            return false;
        }

        _receives[submission.UserData] = submission.Socket!;
        return _ended.Contains(submission.Socket!);
    }

    protected override Completion? Pass(Completion completion)
    {
        if (completion.IsTerminal
            && _receives.Remove(completion.UserData, out object? socket)
            && completion.Result is > 0 or -KernelError.ENOBUFS)
        {
            _ended.Add(socket);
        }

        return completion;
    }
}
