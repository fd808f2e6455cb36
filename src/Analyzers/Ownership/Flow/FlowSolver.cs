using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// Runs a function's graph to a fixed point and tells an observer what happens in it. Blocks are taken in order, so that
/// a handler is entered only when the points of its try have settled, and a block that no loop goes through is run, and told of,
/// once; those of loops are told of when all is settled. A finally is run anew for each branch that
/// goes on after it, so that what one branch knows does not leak into another; the branches that leave the function go through
/// it together.
/// </summary>
internal sealed class FlowSolver
{
    /// <summary>A block that is still changing after this many visits is given up on, and what comes after it in the function: silence, not a hang.</summary>
    private const int MaxVisits = 64;

    /// <summary>From this visit on, bounds that still move are dropped.</summary>
    private const int VisitsBeforeWidening = 3;

    private readonly FunctionContext _function;
    private readonly IFlowObserver _observer;
    private readonly ControlFlowGraph _graph;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<int, ControlFlowRegion> _handlers = [];

    /// <summary>The first and the last block of what each branch back goes through again.</summary>
    private readonly List<(int First, int Last)> _loops = [];

    /// <summary>For each region the tries around it whose handlers tell anything, innermost first: asked for at every visit of a block.</summary>
    private readonly Dictionary<ControlFlowRegion, ImmutableArray<ControlFlowRegion>> _tries = [];

    /// <summary>The finallys of usings around which there is no finally but those of usings: what they dispose is not looked at on the way out.</summary>
    private readonly HashSet<ControlFlowRegion> _lastDisposals = [];

    /// <summary>The paths on their way out of the function, by the first block of the finally they come to next.</summary>
    private readonly SortedDictionary<int, (ControlFlowRegion Finally, FlowState State)> _exits = [];

    private bool _hasPins;
    private bool _gaveUp;

    private FlowSolver(FunctionContext function, IFlowObserver observer, CancellationToken cancellation)
    {
        _function = function;
        _observer = observer;
        _graph = function.Graph;
        _cancellation = cancellation;
        FindHandlers(_graph.Root, isLast: true, []);
        foreach (var block in _graph.Blocks)
        {
            AddLoop(block.FallThroughSuccessor);
            AddLoop(block.ConditionalSuccessor);
        }
    }

    /// <summary>False when the function was given up on.</summary>
    public static bool Solve(FunctionContext function, IFlowObserver observer, CancellationToken cancellation)
    {
        var transfer = new Transfer(function, FlowState.Entry(function.Names), observer: null);
        foreach (var parameter in function.BufferParameters)
        {
            transfer.Bind(parameter, transfer.CreateBuffer(parameter));
        }

        var solver = new FlowSolver(function, observer, cancellation);
        solver.Run(function.Graph.Root, transfer.State, report: true);
        solver.RunExits();
        return !solver._gaveUp;
    }

    private void AddLoop(ControlFlowBranch? branch)
    {
        if (branch?.Destination is { } destination && destination.Ordinal <= branch.Source.Ordinal)
        {
            _loops.Add((destination.Ordinal, branch.Source.Ordinal));
        }
    }

    /// <summary>Maps the first block of every handler to the try it belongs to.</summary>
    private void FindHandlers(ControlFlowRegion region, bool isLast, ImmutableArray<ControlFlowRegion> tries)
    {
        _tries[region] = tries;
        _hasPins |= region.Locals.Any(Transfer.IsPin);
        var isGuarded = false;
        if (region.Kind is ControlFlowRegionKind.TryAndCatch or ControlFlowRegionKind.TryAndFinally)
        {
            foreach (var handler in region.NestedRegions.Skip(1))
            {
                if (!IsDisposal(handler))
                {
                    isGuarded = true;
                    _handlers[handler.FirstBlockOrdinal] = region.NestedRegions[0];
                    isLast &= handler.Kind != ControlFlowRegionKind.Finally;
                }
                else if (isLast)
                {
                    _lastDisposals.Add(handler);
                }
            }
        }

        foreach (var nested in region.NestedRegions)
        {
            FindHandlers(nested, isLast, isGuarded && nested.Kind == ControlFlowRegionKind.Try ? tries.Insert(0, nested) : tries);
        }
    }

    /// <summary>
    /// True for the finally of a using or lock. After an exception there is nothing to learn in it: what it disposes was
    /// made after the try was entered, so is not in flight at every point of it.
    /// </summary>
    private bool IsDisposal(ControlFlowRegion handler) => handler.Kind == ControlFlowRegionKind.Finally
        && BlocksOf(handler).All(block => block.Operations.All(static operation => operation.IsImplicit));

    /// <summary>Runs the whole graph or one finally region. Gives the state at the end of a finally, null when it never ends.</summary>
    private FlowState? Run(ControlFlowRegion region, FlowState entry, bool report)
    {
        var run = new RegionRun(region, entry, _function.Merged);
        while (run.TakePending() is { } ordinal)
        {
            _cancellation.ThrowIfCancellationRequested();
            var isReached = run.Reached[ordinal - run.First];
            run.Reached[ordinal - run.First] = false;
            if (_handlers.TryGetValue(ordinal, out var guarded) && ordinal != region.FirstBlockOrdinal
                && !EnterHandler(run, ordinal, guarded) && !isReached)
            {
                continue;
            }

            if (++run.Visits[ordinal - run.First] > MaxVisits)
            {
                _gaveUp = true;
                return null;
            }

            Visit(run, ordinal, report && !IsInLoop(ordinal, region) ? _observer : null, goesOn: true);
        }

        for (var ordinal = region.FirstBlockOrdinal; report && ordinal <= region.LastBlockOrdinal; ordinal++)
        {
            if (IsInLoop(ordinal, region))
            {
                Visit(run, ordinal, _observer, goesOn: false);
            }
        }

        return run.Exit;
    }

    /// <summary>True when a loop within the region goes through the block.</summary>
    private bool IsInLoop(int ordinal, ControlFlowRegion region)
    {
        foreach (var (first, last) in _loops)
        {
            if (first <= ordinal && ordinal <= last && region.FirstBlockOrdinal <= first && last <= region.LastBlockOrdinal)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Brings a handler's entry up to date with the points of its try. False when nothing has changed since.</summary>
    private static bool EnterHandler(RegionRun run, int ordinal, ControlFlowRegion guarded) =>
        run.ThrownIn(guarded) is { } thrown
        && run.Include(ordinal, thrown, widen: run.Visits[ordinal - run.First] >= VisitsBeforeWidening);

    /// <param name="run">What the block is part of.</param>
    /// <param name="ordinal">The block.</param>
    /// <param name="observer">Told of what happens in it; null while that is not settled.</param>
    /// <param name="goesOn">Whether the blocks after it are to know.</param>
    private void Visit(RegionRun run, int ordinal, IFlowObserver? observer, bool goesOn)
    {
        if (run.States[ordinal - run.First] is not { } state)
        {
            return;
        }

        var block = _graph.Blocks[ordinal];
        var transfer = new Transfer(_function, state, observer);
        var guarded = goesOn ? TriesAround(run, block) : [];
        var thrown = state;
        foreach (var operation in block.Operations)
        {
            var before = transfer.State;
            transfer.Evaluate(operation);
            thrown = guarded.IsEmpty || ReferenceEquals(before, transfer.State) ? thrown : thrown.JoinAtThrow(transfer.State);
            if (transfer.HasEnded)
            {
                break;
            }
        }

        var value = transfer.HasEnded ? AbstractValue.Empty : transfer.Evaluate(block.BranchValue);
        if (!guarded.IsEmpty)
        {
            run.Throw(ordinal, thrown.JoinAtThrow(transfer.State), guarded);
        }

        if (transfer.HasEnded)
        {
            return;
        }

        Follow(run, block.FallThroughSuccessor, isConditional: false, transfer.State, value, observer, goesOn);
        Follow(run, block.ConditionalSuccessor, isConditional: true, transfer.State, value, observer, goesOn);
    }

    /// <summary>The try regions around a block, within what is run, whose handlers tell anything, innermost first.</summary>
    private ImmutableArray<ControlFlowRegion> TriesAround(RegionRun run, BasicBlock block)
    {
        var tries = _tries[block.EnclosingRegion];
        return run.First == 0 ? tries : tries.RemoveAll(region => region.FirstBlockOrdinal < run.First);
    }

    private void Follow(
        RegionRun run, ControlFlowBranch? branch, bool isConditional, FlowState state, AbstractValue value, IFlowObserver? observer, bool goesOn)
    {
        if (branch is null)
        {
            return;
        }

        FlowState? next = state;
        if (branch.Source is { ConditionKind: not ControlFlowConditionKind.None, BranchValue: { } condition } source)
        {
            var outcome = source.ConditionKind == ControlFlowConditionKind.WhenTrue == isConditional;
            next = Conditions.Assume(_function, state, condition, value, outcome);
        }

        // Where nothing comes after, what a finally does is of interest only when it is told.
        if (branch.Destination is not { Kind: BasicBlockKind.Block } && branch.Semantics != ControlFlowBranchSemantics.StructuredExceptionHandling)
        {
            if (observer is not null && next is not null && branch.Destination is not null)
            {
                ReportReturn(branch, next, branch.Semantics == ControlFlowBranchSemantics.Return ? value : AbstractValue.Empty);
            }

            return;
        }

        foreach (var region in branch.FinallyRegions)
        {
            next = next is null ? null : Run(region, next, report: observer is not null);
        }

        if (next is not null && observer is not null)
        {
            ReportLeft(next, branch.LeavingRegions);
        }

        if (next is not null && goesOn)
        {
            GoOn(run, branch, next);
        }
    }

    private void GoOn(RegionRun run, ControlFlowBranch branch, FlowState next)
    {
        if (branch.Semantics == ControlFlowBranchSemantics.StructuredExceptionHandling)
        {
            run.Leave(branch.Source, next);
        }
        else if (branch.Destination is { Kind: BasicBlockKind.Block } destination)
        {
            next = Leave(next, branch.LeavingRegions);
            next = destination.Ordinal <= branch.Source.Ordinal ? next.AcrossBackEdge() : next;
            var isEntry = destination.Ordinal == run.First || _handlers.ContainsKey(destination.Ordinal);
            if (run.Reach(destination, next, isEntry, run.Visits[destination.Ordinal - run.First] >= VisitsBeforeWidening))
            {
                run.AddPending(destination.Ordinal);
                run.Reached[destination.Ordinal - run.First] = true;
            }
        }
    }

    /// <summary>A path returns: first it goes through the finallys around it.</summary>
    private void ReportReturn(ControlFlowBranch branch, FlowState state, AbstractValue result)
    {
        _observer.OnReturning(state, result);
        GoOut(branch.Source.EnclosingRegion, state.Return(result));
    }

    /// <summary>A path out of the function leaves the regions up to the next finally, which takes it on together with the others that come there.</summary>
    private void GoOut(ControlFlowRegion innermost, FlowState state)
    {
        var left = ImmutableArray.CreateBuilder<ControlFlowRegion>();
        for (var region = innermost; region is not null; region = region.EnclosingRegion)
        {
            left.Add(region);
            if (region.Kind == ControlFlowRegionKind.Root)
            {
                // What is around the root of a lambda belongs to the function the lambda is in.
                break;
            }

            if (region is { Kind: ControlFlowRegionKind.Try, EnclosingRegion: { Kind: ControlFlowRegionKind.TryAndFinally } tried })
            {
                var next = tried.NestedRegions[1];
                state = LeaveForGood(left, state);
                _exits[next.FirstBlockOrdinal] = (next, _exits.TryGetValue(next.FirstBlockOrdinal, out var other)
                    ? other.State.Join(state, _function.Merged, next.FirstBlockOrdinal, widen: false)
                    : state);
                return;
            }
        }

        ReportOnStack(state);
        _observer.OnLeft(LeaveForGood(left, state));
    }

    private FlowState LeaveForGood(ImmutableArray<ControlFlowRegion>.Builder regions, FlowState state)
    {
        var left = regions.ToImmutable();
        ReportLeft(state, left);
        return Leave(state, left);
    }

    /// <summary>Runs the finallys on the way out, inner ones before those around them.</summary>
    private void RunExits()
    {
        while (_exits.Count > 0)
        {
            var exit = _exits.First();
            _exits.Remove(exit.Key);
            var passed = exit.Value.Finally;
            if (Run(passed, exit.Value.State, report: true) is { } state)
            {
                GoOut(passed.EnclosingRegion!, _lastDisposals.Contains(passed) ? state.Leave([], SlotsIn(passed)) : state);
            }
        }
    }

    private IEnumerable<Slot> SlotsIn(ControlFlowRegion region) => FunctionContext.OperationsOf(BlocksOf(region)).Select(_function.SlotOf).OfType<Slot>();

    private IEnumerable<BasicBlock> BlocksOf(ControlFlowRegion region) =>
        Enumerable.Range(region.FirstBlockOrdinal, region.LastBlockOrdinal - region.FirstBlockOrdinal + 1).Select(ordinal => _graph.Blocks[ordinal]);

    /// <summary>Tells of memory that is in use when its pin ends.</summary>
    private void ReportLeft(FlowState state, ImmutableArray<ControlFlowRegion> regions)
    {
        if (!_hasPins)
        {
            return;
        }

        var pins = regions.SelectMany(region => region.Locals).Where(Transfer.IsPin);
        var pinned = pins.SelectMany(pin => state.Read(_function.Names.SlotOf(pin)).Atoms).Where(atom => atom.IsBuffer);
        ReportLeft(pinned.SelectMany(atom => state.CertainHolds(atom, IsInUse)));
    }

    private void ReportOnStack(FlowState state) =>
        ReportLeft(state.CertainHolds(BufferHolds.OnStack, key => Transfer.IsOnStack(key.Buffer) && IsInUse(key.Site.Kind)));

    private void ReportLeft(IEnumerable<KeyValuePair<HoldKey, Hold>> left)
    {
        foreach (var pair in left)
        {
            _observer.OnConflict(pair.Key.Site.Operation, UseKind.LeaveBlock, [pair]);
        }
    }

    private static bool IsInUse(HoldKind kind) => kind is HoldKind.Send or HoldKind.Receive;

    private FlowState Leave(FlowState state, ImmutableArray<ControlFlowRegion> regions)
    {
        HashSet<ISymbol>? variables = null;
        List<Slot>? slots = null;
        foreach (var region in regions)
        {
            foreach (var local in region.Locals)
            {
                if (_function.Names.FactsAbout(local).Count > 0)
                {
                    (variables ??= new(SymbolEqualityComparer.Default)).Add(local);
                }

                AddBound(_function.Names.SlotOf(local));
            }

            foreach (var id in region.CaptureIds)
            {
                AddBound(_function.Names.SlotOf(id));
                AddBound(_function.Names.PlaceOf(id));
            }
        }

        return variables is null && slots is null ? state : state.Leave(variables ?? [], slots ?? []);

        void AddBound(Slot slot)
        {
            if (!state.Read(slot).IsEmpty)
            {
                (slots ??= []).Add(slot);
            }
        }
    }
}
