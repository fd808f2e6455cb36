using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// Runs a function's graph to a fixed point and then tells an observer what happens in it. Blocks are taken in order, so that
/// a handler is entered only when the points of its try have settled. A finally is run anew for each branch that
/// goes on after it, so that what one branch knows does not leak into another; the branches that leave the function go through
/// it together.
/// </summary>
internal sealed class FlowSolver
{
    /// <summary>A block that is still changing after this many visits is given up on, and with it the function: silence, not a hang.</summary>
    private const int MaxVisits = 64;

    /// <summary>From this visit on, bounds that still move are dropped.</summary>
    private const int VisitsBeforeWidening = 3;

    private readonly FunctionContext _function;
    private readonly IFlowObserver _observer;
    private readonly ControlFlowGraph _graph;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<int, ControlFlowRegion> _handlers = [];

    /// <summary>For each region the tries around it whose handlers tell anything, innermost first: asked for at every visit of a block.</summary>
    private readonly Dictionary<ControlFlowRegion, ImmutableArray<ControlFlowRegion>> _tries = [];

    /// <summary>The finallys of usings around which there is no finally but those of usings: what they dispose is not looked at on the way out.</summary>
    private readonly HashSet<ControlFlowRegion> _lastDisposals = [];

    /// <summary>The paths on their way out of the function, by the first block of the finally they come to next.</summary>
    private readonly SortedDictionary<int, (ControlFlowRegion Finally, FlowState State)> _exits = [];

    private FlowSolver(FunctionContext function, IFlowObserver observer, CancellationToken cancellation)
    {
        _function = function;
        _observer = observer;
        _graph = function.Graph;
        _cancellation = cancellation;
        FindHandlers(_graph.Root, isLast: true, []);
    }

    public static void Solve(FunctionContext function, IFlowObserver observer, CancellationToken cancellation)
    {
        var transfer = new Transfer(function, FlowState.Entry(function.Names), observer: null);
        foreach (var parameter in function.BufferParameters)
        {
            transfer.Bind(parameter, transfer.CreateBuffer(parameter));
        }

        var solver = new FlowSolver(function, observer, cancellation);
        solver.Run(function.Graph.Root, transfer.State, report: true);
        solver.RunExits();
    }

    /// <summary>Maps the first block of every handler to the try it belongs to.</summary>
    private void FindHandlers(ControlFlowRegion region, bool isLast, ImmutableArray<ControlFlowRegion> tries)
    {
        _tries[region] = tries;
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
        && BlocksOf(handler).All(block => block.Operations.All(operation => operation.IsImplicit));

    /// <summary>Runs the whole graph or one finally region. Gives the state at the end of a finally, null when it never ends.</summary>
    private FlowState? Run(ControlFlowRegion region, FlowState entry, bool report)
    {
        var run = new RegionRun(region, entry, _function.Merged);
        while (run.Pending.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var ordinal = run.Pending.Min;
            run.Pending.Remove(ordinal);
            var isReached = run.Reached.Remove(ordinal);
            if (_handlers.TryGetValue(ordinal, out var guarded) && ordinal != region.FirstBlockOrdinal
                && !EnterHandler(run, ordinal, guarded) && !isReached)
            {
                continue;
            }

            if (++run.Visits[ordinal - run.First] > MaxVisits)
            {
                return null;
            }

            Visit(run, ordinal, observer: null);
        }

        if (report)
        {
            for (var ordinal = region.FirstBlockOrdinal; ordinal <= region.LastBlockOrdinal; ordinal++)
            {
                Visit(run, ordinal, _observer);
            }
        }

        return run.Exit;
    }

    /// <summary>Brings a handler's entry up to date with the points of its try. False when nothing has changed since.</summary>
    private static bool EnterHandler(RegionRun run, int ordinal, ControlFlowRegion guarded) =>
        run.ThrownIn(guarded) is { } thrown
        && run.Include(ordinal, thrown, widen: run.Visits[ordinal - run.First] >= VisitsBeforeWidening);

    private void Visit(RegionRun run, int ordinal, IFlowObserver? observer)
    {
        if (run.States[ordinal - run.First] is not { } state)
        {
            return;
        }

        var block = _graph.Blocks[ordinal];
        var transfer = new Transfer(_function, state, observer);
        var guarded = observer is null ? TriesAround(run, block) : [];
        var thrown = state;
        foreach (var operation in block.Operations)
        {
            transfer.Evaluate(operation);
            thrown = guarded.IsEmpty ? thrown : thrown.JoinAtThrow(transfer.State);
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

        Follow(run, block.FallThroughSuccessor, isConditional: false, transfer.State, value, observer);
        Follow(run, block.ConditionalSuccessor, isConditional: true, transfer.State, value, observer);
    }

    /// <summary>The try regions around a block, within what is run, whose handlers tell anything, innermost first.</summary>
    private ImmutableArray<ControlFlowRegion> TriesAround(RegionRun run, BasicBlock block)
    {
        var tries = _tries[block.EnclosingRegion];
        return run.First == 0 ? tries : tries.RemoveAll(region => region.FirstBlockOrdinal < run.First);
    }

    private void Follow(
        RegionRun run, ControlFlowBranch? branch, bool isConditional, FlowState state, AbstractValue value, IFlowObserver? observer)
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

        if (next is null || observer is not null)
        {
            if (next is not null)
            {
                ReportLeft(next, branch.LeavingRegions.SelectMany(region => region.Locals).Where(Transfer.IsPin));
            }

            return;
        }

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
                run.Pending.Add(destination.Ordinal);
                run.Reached.Add(destination.Ordinal);
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
        ReportLeft(state, regions.SelectMany(region => region.Locals).Where(Transfer.IsPin));
        return Leave(state, regions.ToImmutable());
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
    private void ReportLeft(FlowState state, IEnumerable<ILocalSymbol> pins)
    {
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
        if (regions.All(region => region.Locals.IsEmpty && region.CaptureIds.IsEmpty))
        {
            return state;
        }

        var variables = new HashSet<ISymbol>(regions.SelectMany(region => region.Locals), SymbolEqualityComparer.Default);
        var captures = regions.SelectMany(region => region.CaptureIds).SelectMany(id => new[] { _function.Names.SlotOf(id), _function.Names.PlaceOf(id) });
        return state.Leave(variables, variables.Select(_function.Names.SlotOf).Concat(captures));
    }
}
