using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;

namespace ZeroCopySockets.Simulator.Kernel;

/// <summary>
/// One ring of the simulated kernel: bounded queues, a completion queue that overflows without losing anything, and an
/// io_uring_enter that may fail. A loop's ring also takes part in the turn-taking.
/// </summary>
internal sealed class SwarmRing(SwarmKernel kernel, SwarmRing? loopRing) : KernelRing
{
    private readonly Queue<Request> _submissions = new();
    private readonly Queue<(Completion Completion, Request Request)> _completions = new();
    private readonly Queue<(Completion Completion, Request Request)> _overflow = new();
    private readonly LoopTurn _turn = loopRing?._turn ?? kernel.World.AddLoop();
    private bool _hasStarted;
    private bool _signalsLoop;

    /// <summary>What the kernel may receive into; null where it picks no buffers.</summary>
    public ProvidedBuffers? Buffers { get; private set; }

    /// <summary>A completion more would have to be kept aside.</summary>
    public bool IsFull => _completions.Count >= kernel.Settings.CompletionEntries;

    public override bool SignalsLoop
    {
        set => _signalsLoop = value;
    }

    public override bool HasUnsubmitted => !World.IsOver && _submissions.Count > 0;

    private World World => kernel.World;

    private bool IsLoopRing => loopRing is null;

    public override void RegisterSlab(Slab slab, KernelRing? source)
    {
        SlabRegistered = !World.Chance.Happens(kernel.Settings.RegistrationFails);
        RegistrationProblem = SlabRegistered ? null : "the simulated limit on locked memory";
    }

    public override bool TryProvideBuffers(int count)
    {
        Buffers = kernel.Settings.ProvidesBuffers ? new ProvidedBuffers(kernel) : null;
        ProvidedBuffersProblem = Buffers is null ? "the simulated kernel has no such ring" : null;
        return Buffers is not null;
    }

    public override unsafe void Provide(int number, byte* address, int length)
    {
        if (!World.IsOver)
        {
            World.Guard(() => Buffers!.Add(new ProvidedBuffer(number, address, length)));
        }
    }

    public override bool TryPush(in Submission submission)
    {
        if (World.IsOver)
        {
            return true;
        }

        if (_submissions.Count >= kernel.Settings.SubmissionEntries)
        {
            return false;
        }

        try
        {
            _submissions.Enqueue(kernel.Admit(this, submission));
        }
        catch (ViolationException e)
        {
            World.Fail(e.Violation);
        }

        return true;
    }

    public override void Enter(bool wait)
    {
        if (IsLoopRing && !_hasStarted)
        {
            _hasStarted = true;
            _turn.Arrived.Set();
            _turn.Await();
            return;
        }

        if (World.IsOver)
        {
            // Winding up, threads run freely: a loop that has nothing to do really sleeps, until it is woken.
            if (wait && IsLoopRing)
            {
                _turn.Await();
            }

            return;
        }

        bool failed = World.Chance.Happens(kernel.Settings.EnterFails);
        if (!failed)
        {
            SubmitAll();
        }

        Refill();
        if (IsLoopRing)
        {
            World.GiveWay(_turn, sleeps: wait && !failed && _completions.Count == 0 && !_turn.IsWoken);
        }
        else
        {
            World.MaybeStep(kernel.Settings.TimePasses);
        }
    }

    public override int Reap(Span<Completion> completions)
    {
        if (World.IsOver)
        {
            return 0;
        }

        if (_completions.Count == 0 && _overflow.Count > 0)
        {
            // FEAT_NODROP: what did not fit is kept aside until the kernel is entered again.
            SubmitAll();
            Refill();
        }

        int count = 0;
        while (count < completions.Length && _completions.TryDequeue(out (Completion Completion, Request Request) next))
        {
            World.Note(next.Request.Number, () => $"the {this} tells of {next.Request}");
            kernel.OnTold(next.Request, next.Completion);
            completions[count++] = next.Completion;
        }

        return count;
    }

    public override void Wake()
    {
        _turn.IsWoken = true;
        if (World.IsOver)
        {
            _turn.Give();
        }
    }

    public void Post(Request request, Completion completion)
    {
        World.Note(completion.UserData ^ (uint)completion.Result ^ (ulong)completion.Flags << 48, () => $"completion {completion.Result} flags {completion.Flags} of {request} on the {this}");
        (!IsFull && _overflow.Count == 0 ? _completions : _overflow).Enqueue((completion, request));
        if (IsLoopRing || _signalsLoop)
        {
            _turn.IsWoken = true;
        }
    }

    /// <summary>The engine is being torn down. Whatever the kernel still owes on this ring is never told.</summary>
    public override void Dispose()
    {
        if (IsLoopRing)
        {
            kernel.OnRingClosing();
        }
    }

    public override string ToString() => $"{(IsLoopRing ? "ring" : "caller ring")} of loop {World.NumberOf(_turn)}";

    private void SubmitAll()
    {
        while (_submissions.TryDequeue(out Request? request))
        {
            kernel.Submit(request);
        }
    }

    /// <summary>For a planted bug: loses what the last io_uring_enter did not take.</summary>
    public void LoseUnsubmitted() => _submissions.Clear();

    private void Refill()
    {
        while (!IsFull && _overflow.TryDequeue(out (Completion, Request) next))
        {
            _completions.Enqueue(next);
        }
    }
}
