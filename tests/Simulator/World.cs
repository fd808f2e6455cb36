using System.Diagnostics;

namespace ZeroCopySockets.Simulator;

/// <summary>
/// Time, chance and turns of one run. Exactly one loop thread has the turn and runs; it hands it on only where a loop enters its
/// ring, and what happens next, another loop or an event of the kernel's, is drawn. So a run with several threads is one
/// sequence of steps that the seed determines.
/// </summary>
/// <remarks>
/// When the engine closes its first ring the run is being wound up: from then on threads run freely and nothing is drawn.
/// </remarks>
internal sealed class World(int seed)
{
    private const int MostSteps = 200_000;

    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly List<LoopTurn> _turns = [];
    private readonly List<LoopTurn> _ready = [];
    private long _order;
    private int _steps;
    private ulong _trace = 14_695_981_039_346_656_037;
    private Violation? _violation;

    public Chance Chance { get; } = new(seed);

    /// <summary>Told of everything that happens, for a person to read.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Simulated microseconds since the start.</summary>
    public long Now { get; private set; }

    /// <summary>A hash of everything that happened, to tell whether two runs were the same.</summary>
    public ulong Trace => _trace;

    public int Steps => _steps;

    /// <summary>The run has failed or is being wound up: nothing is drawn and the kernel does nothing any more.</summary>
    public bool IsOver { get; private set; }

    public Violation? Violation => Volatile.Read(ref _violation);

    /// <summary>Signalled when the run has failed, or when its workload says that it is done.</summary>
    public ManualResetEventSlim Finished { get; } = new();

    /// <summary>What is checked after every step.</summary>
    public Action AfterStep { get; set; } = static () => { };

    /// <summary>What is still waited for, when nothing can happen any more.</summary>
    public Func<string> Pending { get; set; } = static () => "";

    public LoopTurn AddLoop()
    {
        var turn = new LoopTurn();
        _turns.Add(turn);
        return turn;
    }

    /// <summary>Which loop's part it is, for a person.</summary>
    public int NumberOf(LoopTurn turn) => _turns.IndexOf(turn);

    /// <summary>Waits until every loop stands before its first turn.</summary>
    public void AwaitLoops() => _turns.ForEach(turn => turn.Arrived.Wait());

    /// <summary>Gives the first loop its turn.</summary>
    public void Start() => _turns[0].Give();

    /// <summary>The first loop has been given something to do by an event.</summary>
    public void WakeFirstLoop() => _turns[0].IsWoken = true;

    public void After(int delay, Action happening) => _events.Enqueue(happening, (Now + delay, _order++));

    /// <summary>Takes note of something in the trace, which tells whether two runs were the same.</summary>
    public void Note(ulong what, Func<string> describe)
    {
        _trace = (_trace ^ what ^ (ulong)Now << 32) * 1_099_511_628_211;
        Log?.Invoke($"{Now,10} us  {describe()}");
    }

    /// <summary>
    /// Lets others run. Returns when it is this loop's turn again and, if it sleeps, it has something to do.
    /// </summary>
    public void GiveWay(LoopTurn self, bool sleeps)
    {
        self.Sleeps = sleeps;
        LoopTurn? next = ChooseNext(self);
        if (next is not null && next != self)
        {
            next.Give();
            self.Await();
        }

        self.Sleeps = false;
        self.IsWoken = false;
    }

    /// <summary>Lets one thing happen, if there is one and the draw says so.</summary>
    public void MaybeStep(double probability)
    {
        while (_events.Count > 0 && !IsOver && Chance.Happens(probability))
        {
            Step();
        }
    }

    public void Fail(Violation violation)
    {
        Interlocked.CompareExchange(ref _violation, violation, null);
        WindUp();
        Finished.Set();
    }

    /// <summary>Does something at the edge between engine and simulation; a violation found there ends the run, not the thread.</summary>
    public void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (ViolationException e)
        {
            Fail(e.Violation);
        }
    }

    /// <summary>Ends the drawing; every thread runs on freely.</summary>
    public void WindUp()
    {
        IsOver = true;
        foreach (LoopTurn turn in _turns)
        {
            turn.Give();
        }
    }

    private LoopTurn? ChooseNext(LoopTurn self)
    {
        while (!IsOver)
        {
            _ready.Clear();
            foreach (LoopTurn turn in _turns)
            {
                if (!turn.Sleeps || turn.IsWoken)
                {
                    _ready.Add(turn);
                }
            }

            if (_ready.Count > 0 && (_events.Count == 0 || !Chance.Happens(0.2)))
            {
                // A switch of threads is what costs most here, so it is drawn less often than not.
                LoopTurn chosen = _ready.Contains(self) && Chance.Happens(0.6) ? self : _ready[Chance.Between(0, _ready.Count - 1)];
                Note(0, () => $"loop {NumberOf(chosen)} has the turn");
                return chosen;
            }

            if (_events.Count > 0)
            {
                Step();
            }
            else
            {
                Fail(new Violation(Invariant.EverythingCompletes, $"nothing can happen any more, but these wait: {Pending()}"));
            }
        }

        return null;
    }

    private void Step()
    {
        _events.TryDequeue(out Action? happening, out (long Time, long Order) when);
        Debug.Assert(happening is not null);
        Now = Math.Max(Now, when.Time);
        Note((ulong)when.Order, () => $"step {when.Order}");
        Guard(happening);
        Guard(AfterStep);
        if (++_steps > MostSteps)
        {
            Fail(new Violation(Invariant.EverythingCompletes, $"after {MostSteps} steps these still wait: {Pending()}"));
        }
    }
}

/// <summary>One loop's part in the turn-taking.</summary>
internal sealed class LoopTurn
{
    // Not one that spins first: the thread that has the turn needs the processor.
    private readonly AutoResetEvent _turn = new(false);
    private volatile bool _isWoken;

    /// <summary>Whether the loop waits for something to do.</summary>
    public bool Sleeps { get; set; }

    /// <summary>Whether it has been given something to do.</summary>
    public bool IsWoken
    {
        get => _isWoken;
        set => _isWoken = value;
    }

    /// <summary>Signalled when the loop waits for its first turn.</summary>
    public ManualResetEventSlim Arrived { get; } = new();

    public void Give() => _turn.Set();

    public void Await() => _turn.WaitOne();
}
