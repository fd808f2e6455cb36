using System.Collections.Immutable;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>The states of the blocks of one region while it is brought to a fixed point.</summary>
internal sealed class RegionRun
{
    private readonly ControlFlowRegion _region;
    private readonly MergedBuffers _merged;
    private readonly bool[] _pending;

    /// <summary>No block before this one is pending.</summary>
    private int _next;

    public RegionRun(ControlFlowRegion region, FlowState entry, MergedBuffers merged)
    {
        _merged = merged;
        var count = region.LastBlockOrdinal - region.FirstBlockOrdinal + 1;
        _region = region;
        States = new FlowState?[count];
        Thrown = new FlowState?[count];
        Visits = new int[count];
        Reached = new bool[count];
        _pending = new bool[count];
        States[0] = entry;
        AddPending(region.FirstBlockOrdinal);
    }

    public int First => _region.FirstBlockOrdinal;

    /// <summary>The state at the start of each block reached so far.</summary>
    public FlowState?[] States { get; }

    /// <summary>For each block, what a handler around it may find.</summary>
    private FlowState?[] Thrown { get; }

    /// <summary>The same for each try, kept while no block in it changes, so that nested ones are not gone through again and again.</summary>
    private Dictionary<ControlFlowRegion, FlowState?> ThrownInTry { get; } = [];

    public int[] Visits { get; }

    /// <summary>The pending blocks that a branch leads to: a handler that begins with a loop is entered in two ways.</summary>
    public bool[] Reached { get; }

    /// <summary>The state at the end of a finally.</summary>
    public FlowState? Exit { get; private set; }

    public void AddPending(int ordinal)
    {
        _pending[ordinal - First] = true;
        _next = Math.Min(_next, ordinal - First);
    }

    /// <summary>The first of the pending blocks, which is so no more; null when there is none.</summary>
    public int? TakePending()
    {
        while (_next < _pending.Length && !_pending[_next])
        {
            _next++;
        }

        if (_next == _pending.Length)
        {
            return null;
        }

        _pending[_next] = false;
        return First + _next;
    }

    /// <summary>A path reaches the block with this state. False when that tells nothing new.</summary>
    public bool Include(int ordinal, FlowState state, bool widen)
    {
        var before = States[ordinal - First];
        var joined = before is null ? state : before.Join(state, _merged, ordinal, widen);
        States[ordinal - First] = joined;
        return !ReferenceEquals(joined, before);
    }

    /// <summary>
    /// The same over a branch. Where there is no other way to the block, neither a branch nor an exception, what came over it
    /// before is out of date.
    /// </summary>
    public bool Reach(BasicBlock block, FlowState state, bool isEntry, bool widen)
    {
        if (block.Predecessors.Length > 1 || isEntry)
        {
            return Include(block.Ordinal, state, widen);
        }

        var isNew = !ReferenceEquals(States[block.Ordinal - First], state);
        States[block.Ordinal - First] = state;
        return isNew;
    }

    /// <summary>The region, not one nested in it, has run to its end.</summary>
    public void Leave(BasicBlock last, FlowState state)
    {
        var innermost = last.EnclosingRegion;
        while (innermost.Kind is not (ControlFlowRegionKind.Finally or ControlFlowRegionKind.Filter or ControlFlowRegionKind.Root))
        {
            innermost = innermost.EnclosingRegion!;
        }

        if (ReferenceEquals(innermost, _region))
        {
            Exit = Exit is null ? state : Exit.Join(state, _merged, last.Ordinal, widen: false);
        }
    }

    /// <summary>An exception in the block may reach the handlers of the try regions around it.</summary>
    public void Throw(int ordinal, FlowState state, ImmutableArray<ControlFlowRegion> tries)
    {
        Thrown[ordinal - First] = state;
        foreach (var region in tries)
        {
            ThrownInTry.Remove(region);
            var handlers = region.EnclosingRegion!.NestedRegions;
            for (var handler = 1; handler < handlers.Length; handler++)
            {
                AddPending(handlers[handler].FirstBlockOrdinal);
            }
        }
    }

    /// <summary>What a handler of the try may find; null when no point of the try has been reached.</summary>
    public FlowState? ThrownIn(ControlFlowRegion region)
    {
        if (region.Kind == ControlFlowRegionKind.Try && ThrownInTry.TryGetValue(region, out var known))
        {
            return known;
        }

        FlowState? thrown = null;
        var next = region.FirstBlockOrdinal;
        foreach (var nested in region.NestedRegions)
        {
            thrown = ThrownInBlocks(next, nested.FirstBlockOrdinal - 1, thrown);
            thrown = Join(thrown, ThrownIn(nested));
            next = nested.LastBlockOrdinal + 1;
        }

        thrown = ThrownInBlocks(next, region.LastBlockOrdinal, thrown);
        if (region.Kind == ControlFlowRegionKind.Try)
        {
            ThrownInTry[region] = thrown;
        }

        return thrown;
    }

    private FlowState? ThrownInBlocks(int first, int last, FlowState? thrown)
    {
        for (var ordinal = first; ordinal <= last; ordinal++)
        {
            thrown = Join(thrown, Thrown[ordinal - First]);
        }

        return thrown;
    }

    private static FlowState? Join(FlowState? left, FlowState? right) =>
        left is null || right is null ? left ?? right : left.JoinAtThrow(right);
}
