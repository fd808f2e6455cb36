using System.Collections.Immutable;

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
        var facts = JoinFacts(_facts, other._facts, widen);
        return With(
            JoinBindings(other),
            JoinHolds(other, isDoubtful, Lost(_facts, facts), Lost(other._facts, facts)),
            facts,
            Union(_escaped, other._escaped),
            Union(_seen, other._seen));
    }

    /// <summary>The very set when the other adds nothing, which one empty set added to another does not give by itself.</summary>
    private static ImmutableHashSet<object> Union(ImmutableHashSet<object> left, ImmutableHashSet<object> right) =>
        ReferenceEquals(left, right) || right.IsEmpty ? left : left.Union(right);

    private ImmutableDictionary<HoldKey, Hold> JoinHolds(
        FlowState other,
        Func<Hold?, Hold?, bool> isDoubtful,
        ImmutableDictionary<FactKey, ValueSet> lostHere,
        ImmutableDictionary<FactKey, ValueSet> lostThere)
    {
        if (ReferenceEquals(_holds, other._holds))
        {
            return _holds;
        }

        var holds = _holds;
        var shared = 0;
        foreach (var pair in other._holds)
        {
            shared += _holds.TryGetValue(pair.Key, out var here) ? 1 : 0;
            if (!ReferenceEquals(here, pair.Value))
            {
                holds = SetHold(holds, pair.Key, here, Join(here, pair.Value));
            }
        }

        if (shared < _holds.Count)
        {
            foreach (var pair in _holds.Where(pair => !other._holds.ContainsKey(pair.Key)))
            {
                holds = SetHold(holds, pair.Key, pair.Value, Join(pair.Value, null));
            }
        }

        return holds;

        Hold? Join(Hold? here, Hold? there)
        {
            var joined = Hold.Join(here, lostHere, there, lostThere);
            return isDoubtful(here, there) ? joined?.Doubted() : joined;
        }
    }

    private static ImmutableDictionary<HoldKey, Hold> SetHold(
        ImmutableDictionary<HoldKey, Hold> holds, HoldKey key, Hold? before, Hold? after) =>
        after is null ? holds.Remove(key) : after.Equals(before) ? holds : holds.SetItem(key, after);

    private ImmutableDictionary<Slot, AbstractValue> JoinBindings(FlowState other)
    {
        if (ReferenceEquals(_bindings, other._bindings))
        {
            return _bindings;
        }

        var bindings = _bindings;
        foreach (var pair in other._bindings)
        {
            var here = Read(pair.Key);
            var joined = here.Union(pair.Value);
            bindings = ReferenceEquals(joined, here) ? bindings : bindings.SetItem(pair.Key, joined);
        }

        return bindings;
    }

    private static ImmutableDictionary<FactKey, ValueSet> JoinFacts(
        ImmutableDictionary<FactKey, ValueSet> left, ImmutableDictionary<FactKey, ValueSet> right, bool widen)
    {
        if (ReferenceEquals(left, right))
        {
            return left;
        }

        var joined = left;
        foreach (var pair in left)
        {
            if (!right.TryGetValue(pair.Key, out var theirs))
            {
                joined = joined.Remove(pair.Key);
                continue;
            }

            var either = pair.Value.Union(theirs);
            either = widen ? either.Widen(pair.Value) : either;
            joined = either == pair.Value ? joined : joined.SetItem(pair.Key, either);
        }

        return joined;
    }

    private static ImmutableDictionary<FactKey, ValueSet> Lost(
        ImmutableDictionary<FactKey, ValueSet> before, ImmutableDictionary<FactKey, ValueSet> after)
    {
        if (ReferenceEquals(before, after))
        {
            return ImmutableDictionary<FactKey, ValueSet>.Empty;
        }

        return before
            .Where(pair => !after.TryGetValue(pair.Key, out var kept) || kept != pair.Value)
            .ToImmutableDictionary();
    }

    /// <summary>Gives the buffers of each group of variables their common name, all at once since names may be exchanged.</summary>
    private FlowState Rename(IReadOnlyList<MergedGroup> groups, Func<MergedGroup, object> nameHere)
    {
        var renamed = groups.Where(group => !Equals(nameHere(group), group.Buffer)).ToList();
        if (renamed.Count == 0)
        {
            return this;
        }

        // What had a common name until now keeps it only where it goes on under it.
        bool IsTaken(object buffer) => renamed.Any(group => Equals(group.Buffer, buffer));
        var bindings = MapBindings(atom => atom.IsBuffer && IsTaken(atom.Site!) ? Atom.UnknownBuffer : atom)._bindings;
        var holds = _holds.RemoveRange(_holds.Keys.Where(key => IsTaken(key.Buffer)));
        var escaped = _escaped.Except(renamed.Select(group => group.Buffer));
        foreach (var group in renamed)
        {
            foreach (var slot in group.Slots)
            {
                bindings = bindings.SetItem(slot, _bindings[slot].Map(atom => Atom.Buffer(group.Buffer, atom.Range)));
            }

            foreach (var pair in _holds.Where(pair => Equals(pair.Key.Buffer, nameHere(group))))
            {
                holds = holds.SetItem(new HoldKey(pair.Key.Site, group.Buffer, pair.Key.Range), pair.Value);
            }

            escaped = _escaped.Contains(nameHere(group)) ? escaped.Add(group.Buffer) : escaped;
        }

        return With(bindings, holds, escaped: escaped);
    }
}
