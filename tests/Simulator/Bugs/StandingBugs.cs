using ZeroCopySockets.Engine;
using ZeroCopySockets.Simulator.Kernel;

namespace ZeroCopySockets.Simulator.Bugs;

/// <summary>Every third receive buffer goes back when its completion is taken in, and then once more with its lease.</summary>
internal sealed unsafe class GivesBackTwice(SwarmRing inner) : PlantedRing(inner)
{
    private readonly Dictionary<int, ProvidedBuffer> _provided = [];
    private int _count;

    public override void Provide(int number, byte* address, int length)
    {
        _provided[number] = new ProvidedBuffer(number, address, length);
        base.Provide(number, address, length);
    }

    protected override Completion? Pass(Completion completion)
    {
        if (completion.HasBuffer && ++_count % 3 == 0)
        {
            ProvidedBuffer buffer = _provided[completion.Buffer];
            base.Provide(buffer.Number, buffer.Address, buffer.Length);
        }

        return completion;
    }
}

/// <summary>A connection that is accepted while its listener is being closed is overlooked.</summary>
internal sealed class LosesAcceptedAtClose : PlantedRing
{
    private readonly SwarmKernel _kernel;
    private readonly Dictionary<ulong, SimulatedSocket> _accepts = [];
    private readonly HashSet<SimulatedSocket> _closing = [];

    public LosesAcceptedAtClose(SwarmKernel kernel, SwarmRing inner)
        : base(inner)
    {
        _kernel = kernel;
        kernel.ShuttingDown += socket => _closing.Add(socket);
    }

    public override bool TryPush(in Submission submission)
    {
        if (submission.Operation is KernelOperation.Accept or KernelOperation.AcceptMultishot)
        {
            _accepts[submission.UserData] = _kernel.Find(submission.Socket!)!;
        }

        return base.TryPush(submission);
    }

    protected override Completion? Pass(Completion completion) =>
        completion.Result >= 0 && _accepts.TryGetValue(completion.UserData, out SimulatedSocket? listener) && _closing.Contains(listener)
            ? new Completion(completion.UserData, -KernelError.ECANCELED, completion.Flags)
            : completion;
}
