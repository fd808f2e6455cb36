using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator.Bugs;

/// <summary>A bug an engine like this one could have, and the invariants one of which it must be caught by.</summary>
internal sealed record PlantedBug(string Name, Func<SwarmKernel, SwarmRing, KernelRing> Plant, Invariant[] Breaks)
{
    public override string ToString() => Name;
}

/// <summary>The bugs that show whether the simulator would find any. Most are other projects'.</summary>
internal static class PlantedBugs
{
    public static readonly IReadOnlyList<PlantedBug> All =
    [
        new("recycle on first completion", (_, ring) => new RecyclesOnFirstCompletion(ring), [Invariant.OwedMemoryIsUntouched, Invariant.SlotsAddUp]),
        new("stale generation", (_, ring) => new IgnoresGenerations(ring), [Invariant.OneTerminalCompletion, Invariant.OneResultOutstanding, Invariant.OwedMemoryIsUntouched]),
        new("skipped re-arm", (_, ring) => new SkipsRearm(ring), [Invariant.EverythingCompletes]),
        new("FIFO notifications", (_, ring) => new TakesNotificationsInOrder(ring), [Invariant.OwedMemoryIsUntouched, Invariant.SlotsAddUp]),
        new("freed on half-close", (kernel, ring) => new FreesOnHalfClose(kernel, ring), [Invariant.OwedMemoryIsUntouched, Invariant.SlotsAddUp]),
        new("an error frees the buffer", (_, ring) => new FreesOnError(ring), [Invariant.OwedMemoryIsUntouched, Invariant.SlotsAddUp]),
        new("lost notification", (_, ring) => new LosesNotifications(ring), [Invariant.EverythingReturns, Invariant.EverythingCompletes]),
        new("a refused enter is not tried again", (_, ring) => new ForgetsUnsubmitted(ring), [Invariant.EverythingCompletes]),
        new("the next send does not wait for the result", (_, ring) => new AnnouncesEarly(ring), [Invariant.OneResultOutstanding, Invariant.BytesOnceAndInOrder]),
        new("a short send counts as whole", (_, ring) => new TakesShortForWhole(ring), [Invariant.BytesOnceAndInOrder]),
        new("the stream goes on after a torn send", (_, ring) => new GoesOnAfterTornSend(ring), [Invariant.NothingAfterATornSend]),
        new("a short send inside a piece goes on with the next", (_, ring) => new TakesPiecesForWhole(ring), [Invariant.BytesOnceAndInOrder]),
        new("multishot receive is not armed again", (_, ring) => new NeverReceivesAgain(ring), [Invariant.EverythingCompletes]),
        new("a receive buffer is given back twice", (_, ring) => new GivesBackTwice(ring), [Invariant.ReceiveBuffersAddUp]),
        new("an accepted descriptor is lost at close", (kernel, ring) => new LosesAcceptedAtClose(kernel, ring), [Invariant.DescriptorsReturn]),
        new("lost wake-up", (_, ring) => new LosesWakes(ring), [Invariant.EverythingCompletes]),
    ];
}

/// <summary>The result is taken for the end of a send: the notification finds nobody.</summary>
internal sealed class RecyclesOnFirstCompletion(SwarmRing inner) : PlantedRing(inner)
{
    protected override Completion? Pass(Completion completion) =>
        completion.IsNotification ? null : new Completion(completion.UserData, completion.Result, completion.Flags & ~Completion.More);
}

/// <summary>A late completion of a slot's earlier tenant ends the present one (ioxide#242 is of this kind).</summary>
internal sealed class IgnoresGenerations(SwarmRing inner) : PlantedRing(inner)
{
    private readonly Dictionary<uint, Completion> _late = [];

    public override bool TryPush(in Submission submission)
    {
        bool pushed = base.TryPush(submission);
        if (pushed && _late.Remove((uint)submission.UserData, out Completion late) && late.UserData != submission.UserData)
        {
            Forge(new Completion(submission.UserData, late.Result, late.Flags));
        }

        return pushed;
    }

    protected override Completion? Pass(Completion completion)
    {
        if (completion.IsTerminal)
        {
            _late[(uint)completion.UserData] = completion;
        }

        return completion;
    }
}

/// <summary>Notifications are thought to come in the order of the sends (netty#17238).</summary>
internal sealed class TakesNotificationsInOrder(SwarmRing inner) : PlantedRing(inner)
{
    private readonly Queue<ulong> _owed = new();

    protected override Completion? Pass(Completion completion)
    {
        if (completion.IsNotification)
        {
            return new Completion(_owed.Dequeue(), completion.Result, completion.Flags);
        }

        if (!completion.IsTerminal)
        {
            _owed.Enqueue(completion.UserData);
        }

        return completion;
    }
}

/// <summary>A shutdown gives back what the kernel still owns (netty#17238).</summary>
internal sealed class FreesOnHalfClose : PlantedRing
{
    private readonly HashSet<ulong> _freed = [];

    public FreesOnHalfClose(SwarmKernel kernel, SwarmRing inner)
        : base(inner)
    {
        kernel.ShuttingDown += socket =>
        {
            foreach (Request request in kernel.Requests)
            {
                if (request.Socket == socket && request.Ring == inner && request.OwesNotification && request.IsTold && _freed.Add(request.Submission.UserData))
                {
                    Forge(new Completion(request.Submission.UserData, 0, Completion.Notification));
                }
            }
        };
    }

    protected override Completion? Pass(Completion completion) =>
        completion.IsNotification && _freed.Remove(completion.UserData) ? null : completion;
}

/// <summary>A send that fails, or is cancelled, is thought to have given its buffer back (netty#15599).</summary>
internal sealed class FreesOnError(SwarmRing inner) : PlantedRing(inner)
{
    private readonly HashSet<ulong> _freed = [];

    protected override Completion? Pass(Completion completion)
    {
        if (completion.IsNotification)
        {
            return _freed.Remove(completion.UserData) ? null : completion;
        }

        if (completion.IsTerminal || completion.Result >= 0)
        {
            return completion;
        }

        _freed.Add(completion.UserData);
        return new Completion(completion.UserData, completion.Result, 0);
    }
}

/// <summary>Every third notification is overlooked.</summary>
internal sealed class LosesNotifications(SwarmRing inner) : PlantedRing(inner)
{
    private int _count;

    protected override Completion? Pass(Completion completion) => completion.IsNotification && ++_count % 3 == 0 ? null : completion;
}

/// <summary>What io_uring_enter left behind is thought to be with the kernel.</summary>
internal sealed class ForgetsUnsubmitted(SwarmRing inner) : PlantedRing(inner)
{
    public override void Enter(bool wait)
    {
        base.Enter(wait);
        Inner.LoseUnsubmitted();
    }
}

/// <summary>A stream's next send is let go before the result of the one before is known.</summary>
internal sealed class AnnouncesEarly(SwarmRing inner) : PlantedRing(inner)
{
    private readonly HashSet<ulong> _announced = [];

    public override unsafe bool TryPush(in Submission submission)
    {
        bool pushed = base.TryPush(submission);
        if (pushed && submission.Operation == KernelOperation.Send && submission.WaitAll && submission.Segments == null)
        {
            _announced.Add(submission.UserData);
            Forge(new Completion(submission.UserData, Request.LengthOf(submission), Completion.More));
        }

        return pushed;
    }

    protected override Completion? Pass(Completion completion) => _announced.Remove(completion.UserData) ? new Completion(completion.UserData, 0, Completion.Notification) : completion;
}

/// <summary>The count in a send's result is not looked at.</summary>
internal sealed class TakesShortForWhole(SwarmRing inner) : PlantedRing(inner)
{
    private readonly Dictionary<ulong, int> _lengths = [];

    public override bool TryPush(in Submission submission)
    {
        if (submission.Operation is KernelOperation.Send or KernelOperation.SendZeroCopy)
        {
            _lengths[submission.UserData] = Request.LengthOf(submission);
        }

        return base.TryPush(submission);
    }

    protected override Completion? Pass(Completion completion) =>
        !completion.IsNotification && completion.Result > 0 && _lengths.Remove(completion.UserData, out int length)
            ? new Completion(completion.UserData, length, completion.Flags)
            : completion;
}

/// <summary>A sleeping loop is not woken for what other loops give it to do.</summary>
internal sealed class LosesWakes(SwarmRing inner) : PlantedRing(inner)
{
    public override void Wake()
    {
    }
}
