using ZeroCopySockets.Buffers;
using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator.Bugs;

/// <summary>
/// Stands between the engine and a ring and makes the engine behave as if it had a bug, which a run must then find. This one
/// has none; each bug overrides what it spoils.
/// </summary>
internal abstract class PlantedRing(SwarmRing inner) : KernelRing
{
    private readonly Queue<Completion> _forged = new();

    public override bool HasUnsubmitted => inner.HasUnsubmitted;

    public override bool SignalsLoop
    {
        set => inner.SignalsLoop = value;
    }

    protected SwarmRing Inner => inner;

    /// <summary>The ring itself, whatever stands before it.</summary>
    public static SwarmRing Inside(KernelRing ring) => ring is PlantedRing planted ? planted.Inner : (SwarmRing)ring;

    public override void RegisterSlab(Slab slab, KernelRing? source)
    {
        inner.RegisterSlab(slab, source is null ? null : Inside(source));
        SlabRegistered = inner.SlabRegistered;
        RegistrationProblem = inner.RegistrationProblem;
    }

    public override bool TryProvideBuffers(int count)
    {
        bool provides = inner.TryProvideBuffers(count);
        ProvidedBuffersProblem = inner.ProvidedBuffersProblem;
        return provides;
    }

    public override unsafe void Provide(int number, byte* address, int length) => inner.Provide(number, address, length);

    public override bool TryPush(in Submission submission) => inner.TryPush(submission);

    public override void Enter(bool wait) => inner.Enter(wait && _forged.Count == 0);

    public override int Reap(Span<Completion> completions)
    {
        int kept = 0;
        while (kept < completions.Length && _forged.TryDequeue(out Completion forged))
        {
            completions[kept++] = forged;
        }

        int count;
        while (kept == 0 && (count = inner.Reap(completions)) > 0)
        {
            foreach (Completion completion in completions[..count])
            {
                if (Pass(completion) is { } passed)
                {
                    completions[kept++] = passed;
                }
            }
        }

        return kept;
    }

    public override void Wake() => inner.Wake();

    public override void Dispose() => inner.Dispose();

    /// <summary>What the engine makes of a completion; null when it overlooks it.</summary>
    protected virtual Completion? Pass(Completion completion) => completion;

    /// <summary>Makes the engine see a completion that the kernel did not post.</summary>
    protected void Forge(Completion completion)
    {
        _forged.Enqueue(completion);
        inner.Wake();
    }
}
