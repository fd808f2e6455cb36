using Microsoft.CodeAnalysis.FlowAnalysis;

namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>The states of the blocks of one region while it is brought to a fixed point.</summary>
internal sealed class RegionRun
{
    private readonly ControlFlowRegion _region;
    private readonly MergedBuffers _merged;

    public RegionRun(ControlFlowRegion region, FlowState entry, MergedBuffers merged)
    {
        _merged = merged;
        var count = region.LastBlockOrdinal - region.FirstBlockOrdinal + 1;
        _region = region;
        States = new FlowState?[count];
        Thrown = new FlowState?[count];
        Visits = new int[count];
        States[0] = entry;
        Pending.Add(region.FirstBlockOrdinal);
    }

    public int First => _region.FirstBlockOrdinal;

    /// <summary>The state at the start of each block reached so far.</summary>
    public FlowState?[] States { get; }

    /// <summary>For each block, what a handler around it may find.</summary>
    public FlowState?[] Thrown { get; }

    public int[] Visits { get; }

    public SortedSet<int> Pending { get; } = [];

    /// <summary>The state at the end of a finally.</summary>
    public FlowState? Exit { get; private set; }

    /// <summary>A path reaches the block with this state. False when that tells nothing new.</summary>
    public bool Include(int ordinal, FlowState state, bool widen)
    {
        var before = States[ordinal - First];
        var joined = before is null ? state : before.Join(state, _merged, ordinal, widen);
        States[ordinal - First] = joined;
        return !ReferenceEquals(joined, before);
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
}
