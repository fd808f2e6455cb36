using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>
/// Runs a function's graph to a fixed point and then tells an observer what happens in it. Blocks are taken in order, so that
/// a handler is entered only when the points of its try have settled. A finally is run anew for each branch that
/// leaves through it, so that what one branch knows does not leak into another.
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
    private readonly HashSet<ControlFlowRegion> _guarded;

    /// <summary>The finallys that do nothing but dispose a lease.</summary>
    private readonly Dictionary<ControlFlowRegion, IInvocationOperation> _disposals = [];

    private FlowSolver(FunctionContext function, IFlowObserver observer, CancellationToken cancellation)
    {
        _function = function;
        _observer = observer;
        _graph = function.Graph;
        _cancellation = cancellation;
        FindHandlers(_graph.Root);
        _guarded = [.. _handlers.Values];
    }

    public static void Solve(FunctionContext function, IFlowObserver observer, CancellationToken cancellation)
    {
        var transfer = new Transfer(function, FlowState.Entry, observer: null);
        foreach (var parameter in function.BufferParameters)
        {
            transfer.Bind(parameter, transfer.CreateBuffer(parameter));
        }

        new FlowSolver(function, observer, cancellation).Run(function.Graph.Root, transfer.State, report: true);
    }

    /// <summary>Maps the first block of every handler to the try it belongs to.</summary>
    private void FindHandlers(ControlFlowRegion region)
    {
        if (region.Kind is ControlFlowRegionKind.TryAndCatch or ControlFlowRegionKind.TryAndFinally)
        {
            foreach (var handler in region.NestedRegions.Skip(1))
            {
                if (!IsDisposal(handler))
                {
                    _handlers[handler.FirstBlockOrdinal] = region.NestedRegions[0];
                }
                else if (DisposalOfLease(handler) is { } disposal)
                {
                    _disposals[handler] = disposal;
                }
            }
        }

        foreach (var nested in region.NestedRegions)
        {
            FindHandlers(nested);
        }
    }

    /// <summary>
    /// True for the finally of a using or lock. After an exception there is nothing to learn in it: what it disposes was
    /// made after the try was entered, so is not in flight at every point of it.
    /// </summary>
    private bool IsDisposal(ControlFlowRegion handler) => handler.Kind == ControlFlowRegionKind.Finally
        && _graph.Blocks
            .Skip(handler.FirstBlockOrdinal)
            .Take(handler.LastBlockOrdinal - handler.FirstBlockOrdinal + 1)
            .All(block => block.Operations.All(operation => operation.IsImplicit));

    /// <summary>What the finally of a using does, where that is to dispose a lease of which it need not ask whether it is there.</summary>
    private IInvocationOperation? DisposalOfLease(ControlFlowRegion handler) =>
        handler.FirstBlockOrdinal == handler.LastBlockOrdinal
            && _graph.Blocks[handler.FirstBlockOrdinal].Operations is { Length: 1 } operations
            && operations[0] is IExpressionStatementOperation { Operation: IInvocationOperation { Instance: { } disposed } call }
            && _function.Known.Type(_function.Resolve(disposed).Type).IsLease
            ? call
            : null;

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
            thrown = guarded.Count == 0 ? thrown : thrown.JoinAtThrow(transfer.State);
            if (transfer.HasEnded)
            {
                break;
            }
        }

        var value = transfer.HasEnded ? AbstractValue.Empty : transfer.Evaluate(block.BranchValue);
        if (guarded.Count > 0)
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

    /// <summary>The try regions around a block whose handlers tell anything, innermost first.</summary>
    private List<ControlFlowRegion> TriesAround(RegionRun run, BasicBlock block)
    {
        var tries = new List<ControlFlowRegion>();
        for (var region = block.EnclosingRegion; region is not null && region.FirstBlockOrdinal >= run.First; region = region.EnclosingRegion)
        {
            if (_guarded.Contains(region))
            {
                tries.Add(region);
            }
        }

        return tries;
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
        var isEnd = branch.Destination is not { Kind: BasicBlockKind.Block } && branch.Semantics != ControlFlowBranchSemantics.StructuredExceptionHandling;
        if (isEnd && observer is null)
        {
            return;
        }

        // A return may leave hundreds of usings: the leases they dispose are taken together.
        var disposals = new List<IInvocationOperation>();
        foreach (var region in branch.FinallyRegions)
        {
            if (isEnd && _disposals.TryGetValue(region, out var disposal))
            {
                disposals.Add(disposal);
            }
            else
            {
                next = next is null ? null : Run(region, next, report: observer is not null);
            }
        }

        if (next is not null && disposals.Count > 0)
        {
            var transfer = new Transfer(_function, next, observer);
            transfer.DisposeAtEnd(disposals);
            next = transfer.State;
        }

        if (next is null || observer is not null)
        {
            if (next is not null)
            {
                ReportLeaving(branch, next, value, observer!);
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

    /// <summary>Tells what a branch leaves behind: memory whose pin or stack frame ends, and at the end of the function what is owed.</summary>
    private static void ReportLeaving(ControlFlowBranch branch, FlowState state, AbstractValue value, IFlowObserver observer)
    {
        var isEnd = branch.Destination is { Kind: BasicBlockKind.Exit };
        var pinned = branch.LeavingRegions.SelectMany(region => region.Locals).Where(Transfer.IsPin)
            .SelectMany(pin => state.Read(Slot.Of(pin)).Atoms)
            .Select(atom => atom.Site)
            .ToList();
        if (isEnd || pinned.Count > 0)
        {
            var left = state.CertainHolds(key => key.Site.Kind is HoldKind.Send or HoldKind.Receive
                && (pinned.Contains(key.Buffer) || (isEnd && Transfer.IsOnStack(key.Buffer))));
            foreach (var pair in left)
            {
                observer.OnConflict(pair.Key.Site.Operation, UseKind.LeaveBlock, [pair]);
            }
        }

        if (isEnd)
        {
            observer.OnLeft(state, branch.Semantics == ControlFlowBranchSemantics.Return ? value : AbstractValue.Empty);
        }
    }

    private static FlowState Leave(FlowState state, ImmutableArray<ControlFlowRegion> regions)
    {
        if (regions.All(region => region.Locals.IsEmpty && region.CaptureIds.IsEmpty))
        {
            return state;
        }

        var variables = new HashSet<ISymbol>(regions.SelectMany(region => region.Locals), SymbolEqualityComparer.Default);
        var captures = regions.SelectMany(region => region.CaptureIds).SelectMany(id => new[] { Slot.Of(id), Slot.PlaceOf(id) });
        return state.Leave(variables, variables.Select(Slot.Of).Concat(captures));
    }
}
