using Microsoft.Extensions.ObjectPool;
using ZeroCopySockets.Diagnostics;
using ZeroCopySockets.Sockets;

namespace ZeroCopySockets.Engine;

/// <summary>
/// Pools of operations, one set per engine. An operation whose result nobody ever takes (fire and forget) does not come
/// back; the garbage collector has it then, and the next rent makes a new one.
/// </summary>
internal sealed class OperationPools
{
    /// <summary>Idle operations kept per kind: 4,096 sends at about 300 bytes each is 1.2 MB at the most.</summary>
    private const int Retained = 4096;

    /// <summary>Idle fan-outs kept: each has up to 64 KB of its own for a thousand sockets, 4 MB in all.</summary>
    private const int RetainedFanOuts = 64;

    private readonly DefaultObjectPool<SendOperation> _sends;
    private readonly DefaultObjectPool<IoOperation> _others;
    private readonly DefaultObjectPool<Gather> _gathers;
    private readonly DefaultObjectPool<FanOut> _fanOuts;

    public OperationPools()
    {
        _sends = new DefaultObjectPool<SendOperation>(new Policy<SendOperation>(() => new SendOperation(this)), Retained);
        _others = new DefaultObjectPool<IoOperation>(new Policy<IoOperation>(() => new IoOperation(this)), Retained);
        _gathers = new DefaultObjectPool<Gather>(new Policy<Gather>(() => new Gather(this)), Retained);
        _fanOuts = new DefaultObjectPool<FanOut>(new Policy<FanOut>(() => new FanOut(this)), RetainedFanOuts);
    }

    /// <summary>Looks after the memory that sends lend; null where guard mode is off.</summary>
    public Guard? Guard { get; init; }

    public SendOperation RentSend() => _sends.Get();

    public IoOperation RentIo(ZeroCopyLoop loop) => loop.IsCurrent ? loop.IdleOthers.Get() : _others.Get();

    public LoopPool<SendOperation> SendsOfALoop() => new(_sends);

    public LoopPool<IoOperation> OthersOfALoop() => new(_others);

    public Gather RentGather() => _gathers.Get();

    public FanOut RentFanOut() => _fanOuts.Get();

    public void Return(FanOut fanOut) => _fanOuts.Return(fanOut);

    public void Return(Gather gather) => _gathers.Return(gather);

    public void Return(SendOperation operation, ZeroCopyLoop loop)
    {
        if (loop.IsCurrent)
        {
            loop.IdleSends.Return(operation);
        }
        else
        {
            _sends.Return(operation);
        }
    }

    public void Return(IoOperation operation, ZeroCopyLoop loop)
    {
        if (loop.IsCurrent)
        {
            loop.IdleOthers.Return(operation);
        }
        else
        {
            _others.Return(operation);
        }
    }

    private sealed class Policy<T>(Func<T> create) : PooledObjectPolicy<T> where T : class
    {
        public override T Create() => create();

        public override bool Return(T operation) => true;
    }
}
