namespace ZeroCopySockets.Analyzers.Ownership.Flow;

/// <summary>Where paths meet.</summary>
internal sealed partial class FlowState
{
    /// <summary>
    /// Two paths meet at a block. Returns this very object when the other path adds nothing, which is how the solver
    /// sees a fixed point.
    /// </summary>
    public FlowState Join(FlowState other, MergedBuffers merged, int block, bool widen)
    {
        if (ReferenceEquals(this, other))
        {
            return this;
        }

        var groups = merged.Find(block, _bindings, other._bindings);
        return groups.Count == 0
            ? Merge(other, widen, (_, _) => false)
            : Rename(groups, group => group.Left).Merge(other.Rename(groups, group => group.Right), widen, (_, _) => false);
    }

    /// <summary>
    /// The state at a handler, which any point of its try may reach: a send that was in flight at some of them only is
    /// not certain, since the call itself, or the await that ends it, may be what has thrown.
    /// </summary>
    public FlowState JoinAtThrow(FlowState other) => ReferenceEquals(this, other)
        ? this
        : Merge(other, widen: false, (left, right) => left is not { IsCertain: true } || right is not { IsCertain: true });

    private FlowState Merge(FlowState other, bool widen, Func<Hold?, Hold?, bool> isDoubtful)
    {
        var (lostHere, lostThere) = (new List<Fact>(), new List<Fact>());
        var known = new Dictionary<(Hold?, Hold?), Hold?>();
        var crowded = new List<int>();
        var bindings = _bindings.Merge(other._bindings, JoinValues);
        if (crowded.Count > 0)
        {
            return LoseSends(crowded).Merge(other.LoseSends(crowded), widen, isDoubtful);
        }

        var facts = _facts.Merge(other._facts, (_, here, there) => JoinFacts(here, there, widen, lostHere, lostThere));
        return With(
            bindings,
            _holds.Merge(other._holds, (_, here, there) => Counted(BufferHolds.Join(here, there, JoinHolds))),
            facts,
            _escaped.Merge(other._escaped, (_, here, there) => here ?? there),
            _seen.Merge(other._seen, (_, here, there) => Counted(here ?? there)));

        AbstractValue? JoinValues(int slot, AbstractValue? here, AbstractValue? there)
        {
            var both = Counted(here is null ? there : there is null ? here : here.Union(there));
            if (both is { IsCrowded: true })
            {
                crowded.Add(slot);
            }

            return both;
        }

        // Many holds are the same object: what becomes of them is found out once.
        Hold? JoinHolds(Hold? here, Hold? there)
        {
            if (!known.TryGetValue((here, there), out var joined))
            {
                joined = Hold.Join(here, lostHere, there, lostThere);
                joined = isDoubtful(here, there) ? joined?.Doubted() : joined;
                known.Add((here, there), joined);
            }

            return joined;
        }
    }

    /// <summary>What these variables hold may be of any of many sends from here on: whoever awaits one may have awaited each.</summary>
    private FlowState LoseSends(List<int> slots) => slots.Aggregate(this, (state, slot) => state._bindings[slot] is { } value
        ? state.Recycle(value, atom => atom.IsSend).Bind(_names[slot], value.WithAnySend())
        : state);

    private T Counted<T>(T entry)
    {
        _names.Steps++;
        return entry;
    }

    /// <summary>What either path knows, and for each what it knew and the meeting point no longer does.</summary>
    private Fact? JoinFacts(Fact? here, Fact? there, bool widen, List<Fact> lostHere, List<Fact> lostThere)
    {
        _names.Steps++;
        Fact? joined = null;
        if (here is not null && there is not null)
        {
            var either = here.Values.Union(there.Values);
            either = widen ? either.Widen(here.Values) : either;
            joined = either == here.Values ? here : either == there.Values ? there : new Fact(here.Key, either);
        }

        AddLost(lostHere, here, joined);
        AddLost(lostThere, there, joined);
        return joined;
    }

    private static void AddLost(List<Fact> lost, Fact? before, Fact? after)
    {
        if (before is not null && before.Values != after?.Values)
        {
            lost.Add(before);
        }
    }

    /// <summary>Gives the buffers of each group of variables their common name, all at once since names may be exchanged.</summary>
    private FlowState Rename(IReadOnlyList<MergedGroup> groups, Func<MergedGroup, Site> nameHere)
    {
        var renamed = groups.Where(group => !ReferenceEquals(nameHere(group), group.Buffer)).ToList();

        // What had a common name until now keeps it only where it goes on under it.
        var state = renamed.Aggregate(this, (all, group) => all
            .MapBindings(group.Buffer, atom => atom.IsBuffer && ReferenceEquals(atom.Site, group.Buffer) ? Atom.UnknownBuffer : atom)
            .RemoveHolds(group.Buffer, _ => true)
            .With(escaped: all._escaped.With(group.Buffer.Index, null)));
        foreach (var group in renamed)
        {
            foreach (var slot in group.Slots)
            {
                state = state.Bind(slot, Read(slot).Map(atom => Atom.Buffer(group.Buffer, atom.Range)));
            }

            state = HoldsOf(nameHere(group)).Aggregate(state, (all, pair) =>
                all.SetHold(new HoldKey(pair.Key.Site, group.Buffer, pair.Key.Range), pair.Value));
            state = _escaped[nameHere(group).Index] is null ? state : state.With(escaped: state._escaped.With(group.Buffer.Index, group.Buffer));
        }

        return state;
    }
}
